#include "compiler/eval/interpreter.h"

#include <fmt/format.h>
#include <pthread.h>
#include <re2/re2.h>

namespace opsc::eval {
namespace {

// The lowest address that this thread's stack may reach: a reserve is left for what is not counted.
const char* StackLimit() {
  constexpr size_t kReserve = 512 * 1024;
  constexpr size_t kAtMost = 256 * 1024 * 1024;  // of a stack without limit
  const char* here = static_cast<const char*>(__builtin_frame_address(0));
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return here - kReserve;
  void* lowest = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const char* limit = static_cast<const char*>(lowest) + std::min(kReserve, size / 4);
  return std::max(limit, here - kAtMost);
}

}  // namespace

Interpreter::Interpreter(const Model& model, const Sources& sources, const EvalOptions& options,
                         Diagnostics& diagnostics)
    : model_(model),
      sources_(sources),
      options_(options),
      diagnostics_(&diagnostics),
      origins_(model),
      ensurer_(*this),
      positions_(model.items.size(), 0),
      holders_(model.scopes.size(), kNone<ItemId>) {
  for (size_t s = 0; s < model.scopes.size(); ++s) {
    const auto& items = model.scopes[static_cast<ScopeId>(s)].items;
    for (size_t i = 0; i < items.size(); ++i) {
      positions_[static_cast<size_t>(items[i])] = static_cast<uint32_t>(i);
    }
  }
  auto hold = [&](ScopeId body, size_t item) {
    if (!IsNone(body)) holders_[static_cast<size_t>(body)] = static_cast<ItemId>(item);
  };
  for (size_t i = 0; i < model.items.size(); ++i) {
    const ItemNode& node = model.items[static_cast<ItemId>(i)].node;
    if (const auto* loop = std::get_if<ForItem>(&node)) hold(loop->body, i);
    if (const auto* choice = std::get_if<IfItem>(&node)) {
      hold(choice->then, i);
      hold(choice->otherwise, i);
    }
  }
  Begin();
}

Interpreter::~Interpreter() = default;

void Interpreter::Begin() {
  // The checker may have added to the model since (`opsc eval`): its stores move what they hold.
  bool moved =
      !instances_.empty() &&
      (instances_[0].decl != &std::get<InstanceItem>(model_.items[instances_[0].item].node) ||
       instances_[0].type != &model_.types.nominal[instances_[0].decl->type]);
  if (moved) {
    for (Instance& instance : instances_) {
      instance.decl = &std::get<InstanceItem>(model_.items[instance.item].node);
      instance.type = &model_.types.nominal[instance.decl->type];
    }
  }
  steps_ = 0;
  if (thread_ == std::this_thread::get_id()) return;
  thread_ = std::this_thread::get_id();
  stack_limit_ = StackLimit();
}

Value Interpreter::ReadSecret(std::string_view source, const std::string& name, Span span) {
  if (!options_.read_secret) return Value::Pending({}).WithSecret();
  std::string key = fmt::format("{}:{}", source, name);
  auto known = secrets_.find(key);
  if (known != secrets_.end()) return known->second;
  auto text = options_.read_secret(source, name);
  if (!text) {
    unread_secrets_.push_back({fmt::format("{}{}", kUnreadSecret, key), name, text.error(), span});
    Value unread = Value::Pending({unread_secrets_.back().waited_for}).WithSecret();
    return secrets_.emplace(std::move(key), std::move(unread)).first->second;
  }
  return secrets_.emplace(std::move(key), Value::String(*text).WithSecret()).first->second;
}

const re2::RE2* Interpreter::Regex(std::string_view pattern) {
  auto& slot = regexes_[std::string(pattern)];
  if (!slot) {
    slot = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()),
                                      re2::RE2::Quiet);
  }
  return slot->ok() ? slot.get() : nullptr;
}

}  // namespace opsc::eval
