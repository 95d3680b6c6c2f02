#include "compiler/eval/deep_stack.h"

#include <pthread.h>

namespace opsc::eval {
namespace {

constexpr size_t kStackBytes = size_t{256} << 20;

void* Run(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
  return nullptr;
}

}  // namespace

void RunOnDeepStack(const std::function<void()>& work) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return work();
  pthread_t thread{};
  void* argument = const_cast<void*>(static_cast<const void*>(&work));
  bool started = pthread_attr_setstacksize(&attributes, kStackBytes) == 0 &&
                 pthread_create(&thread, &attributes, Run, argument) == 0;
  pthread_attr_destroy(&attributes);
  if (!started) return work();
  pthread_join(thread, nullptr);
}

}  // namespace opsc::eval
