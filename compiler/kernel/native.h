// Compiled kernels: the plugin libopsc_jit.so, loaded when a kernel is first run.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "compiler/kernel/execute.h"
#include "compiler/kernel/native_abi.h"
#include "compiler/kernel/split.h"
#include "runtime/base/library.h"
#include "runtime/base/pool.h"

namespace opsc::kernel {

struct NativeOptions {
  std::string plugin = PluginPath("libopsc_jit.so");
  std::string cache;  // directory of compiled kernels; empty: none
  // Code is made anew, and better, when it has seen so many rows.
  size_t optimise_after = 20'000;
  // Told once why there is no compiled code, in a sentence.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

// The plugin of a process. Thread-safe.
class NativeLibrary {
 public:
  explicit NativeLibrary(NativeOptions options) : options_(std::move(options)) {}

  size_t optimise_after() const { return options_.optimise_after; }
  // Null: it cannot be compiled here, which has been said.
  OpscNativeRun Compile(OpscNativeRequest request, void** code);
  void Free(void* code);

 private:
  bool Load();
  void Say(const std::string& why);

  NativeOptions options_;
  std::mutex mutex_;  // of what follows
  bool tried_ = false;
  bool said_ = false;
  OpscNativeCompile compile_ = nullptr;
  OpscNativeFree free_ = nullptr;
};

// A function, compiled when it is run: at once and quickly, again and better when it has seen many
// rows. Thread-safe.
class NativeCode {
 public:
  // `library` outlives it: shared by all kernels of a loader.
  NativeCode(std::shared_ptr<NativeLibrary> library, const Function& function);
  ~NativeCode();
  NativeCode(const NativeCode&) = delete;
  NativeCode& operator=(const NativeCode&) = delete;

  // As Execute. False: the executor has to, because there is no plugin or some row has no result.
  bool Run(const SchemaPtr& schema, const Batch& in, WindowColumns windows, Batch& out);

 private:
  // What comes before the compiled part, and what it gave last.
  struct Before {
    explicit Before(const Function& function) : executor(function) {}
    Executor executor;
    Batch made;
  };
  OpscNativeRun CodeFor(size_t rows);

  std::shared_ptr<NativeLibrary> library_;
  SplitFunction split_;
  SchemaPtr before_;
  Pool<Before> befores_;
  std::vector<OpscNativeNode> nodes_;
  std::vector<OpscNativeOutput> outputs_;
  std::string digest_;
  std::mutex mutex_;  // while compiling
  std::vector<void*> codes_;
  std::atomic<OpscNativeRun> run_ = nullptr;
  std::atomic<size_t> rows_ = 0;
  std::atomic<bool> optimised_ = false;
  bool failed_ = false;
};

}  // namespace opsc::kernel
