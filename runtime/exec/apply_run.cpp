#include "runtime/exec/apply_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/pause.h"

namespace opsc {

std::string_view ResultName(NodeResult result) {
  constexpr std::array<std::string_view, 5> kNames = {"waiting", "ok", "failed", "skipped",
                                                      "cancelled"};
  return kNames[static_cast<size_t>(result)];
}

const ApplyWork& ApplyItem::work() const {
  static const ApplyWork kNone;
  return work_ ? *work_ : kNone;
}

Time ApplyRun::Now() const {
  Env* env = inputs.kind_context.env;
  return env != nullptr ? env->Now() : std::chrono::system_clock::now();
}

void ApplyRun::Say(Event::Type type, const std::string& address, std::string message,
                   std::chrono::nanoseconds duration) {
  events().Take({type, Now(), address, std::move(message), duration});
}

StepRecord ApplyRun::Step(const ApplyItem& item, std::string_view action, std::string_view outcome,
                          std::string message) const {
  StepRecord step;
  step.run = run_id;
  step.address = item.address();
  step.action = action;
  step.result = outcome;
  step.message = std::move(message);
  step.started = item.work().started;
  if (item.running) {
    step.duration_ns =
        std::chrono::nanoseconds(std::chrono::steady_clock::now() - item.work().began).count();
  }
  return step;
}

std::string ApplyRun::Token(const ApplyItem& item, std::string_view action) const {
  constexpr size_t kLength = 32;
  return Hasher()
      .Part(salt())
      .Part(run_id)
      .Part(item.address())
      .Part(action)
      .Finish()
      .Hex()
      .substr(0, kLength);
}

KindContext ApplyRun::Context(std::stop_token stop) const {
  KindContext context = inputs.kind_context;
  context.run_id = run_id;
  context.stop = std::move(stop);
  return context;
}

std::string Text(const Error& error) {
  if (error.hint.empty()) return error.message;
  bool long_text = error.message.find('\n') != std::string::npos;
  return fmt::format("{}{}({})", error.message, long_text ? "\n  " : " ", error.hint);
}

Answer FatalAnswer(size_t item, Error error) {
  Answer answer;
  answer.kind = Answer::Kind::kFailed;
  answer.item = item;
  answer.message = Text(error);
  answer.fatal = std::move(error);
  return answer;
}

void WithRetries(ApplyRun& run, ApplyItem& item, const std::function<Attempt()>& attempt) {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::seconds(30);
  std::chrono::nanoseconds delay = run.options.retry_delay;
  int64_t retries = item.node != nullptr ? item.node->meta.retries : 0;
  for (int64_t i = 0;; ++i) {
    if (attempt() != Attempt::kFailed || i >= retries) return;
    std::stop_token stop = item.work().stop.get_token();
    if (stop.stop_requested()) return;
    run.Say(Event::Type::kProgress, item.address(),
            fmt::format("failed, trying again ({} of {})", i + 1, retries));
    PauseFor(delay, stop);
    if (stop.stop_requested()) return;
    delay = std::min(delay * 2, kLongest);
  }
}

}  // namespace opsc
