#include "runtime/kind/version.h"

#include <fmt/format.h>

#include <cerrno>

#include "runtime/kind/local_socket.h"

namespace opsc {
namespace {

constexpr int kPortAttempts = 5;

}  // namespace

Version::Version(EventLoop* loop, ServiceLog* log, ServiceSpec spec, uint64_t id,
                 uint64_t open_files, Callbacks callbacks)
    : loop_(loop),
      log_(log),
      spec_(std::move(spec)),
      id_(id),
      open_files_(open_files),
      callbacks_(std::move(callbacks)),
      patterns_(std::make_shared<SecretPatterns>(spec_.secrets)),
      output_(patterns_),
      probe_output_(patterns_) {}

Version::~Version() {
  loop_->Cancel(kill_);
}

std::chrono::nanoseconds Version::alive() const {
  return std::chrono::steady_clock::now() - started_;
}

TreeCommand Version::Command() const {
  TreeCommand command{
      .argv = spec_.argv, .env = spec_.env, .dir = spec_.dir, .open_files = open_files_};
  if (port_ != 0) command.env.emplace_back("PORT", std::to_string(port_));
  return command;
}

std::function<void(std::string_view)> Version::ToLog(Masker* masker) {
  return [this, masker](std::string_view bytes) {
    std::string shown;
    masker->Feed(bytes, shown);
    log_->Write(shown);
    last_lines_.Add(shown);
  };
}

void Version::EndOutput(Masker* masker) {
  std::string shown;
  masker->Finish(shown);
  log_->Write(shown);
  last_lines_.Add(shown);
}

void Version::Start() {
  ready_ = false;
  end_.reset();
  last_lines_.Clear();
  started_ = std::chrono::steady_clock::now();
  if (spec_.port != 0) port_ = FindFreePort().value_or(0);
  auto tree = ProcessTree::Start(
      loop_, Command(),
      {.on_output = ToLog(&output_), .on_end = [this](const TreeEnd& end) { OnEnd(end); }});
  if (!tree) {
    log_->Note(tree.error().message);
    loop_->After(std::chrono::nanoseconds(0),
                 [this] { OnEnd({TreeEnd::Type::kNotStarted, EAGAIN}); });
    return;
  }
  tree_ = std::move(*tree);
  prober_ = std::make_unique<Prober>(
      loop_, spec_.probe, Command(), port_,
      Prober::Callbacks{.on_ready = [this] { OnReady(); }, .on_output = ToLog(&probe_output_)});
}

void Version::OnReady() {
  prober_.reset();
  ready_ = true;
  log_->Note(fmt::format("version {} is ready (process {})", spec_.version, pid()));
  const auto on_ready = callbacks_.on_ready;
  on_ready();
}

bool Version::PortWasTaken() const {
  return last_lines_.Contains("ddress already in use") || last_lines_.Contains("EADDRINUSE");
}

void Version::OnEnd(const TreeEnd& end) {
  EndOutput(&output_);
  EndOutput(&probe_output_);
  log_->Note(fmt::format("version {} {}", spec_.version, end.Text()));
  const bool was_ready = ready_;
  prober_.reset();
  tree_.reset();
  ready_ = false;
  end_ = end;
  loop_->Cancel(kill_);
  kill_ = 0;
  // Between finding a port and using it, somebody else may have taken it.
  if (!was_ready && port_ != 0 && PortWasTaken() && ++port_attempts_ < kPortAttempts)
    return Start();
  const auto on_end = callbacks_.on_end;
  on_end(end);
}

void Version::Stop() {
  if (tree_ == nullptr || kill_ != 0) return;
  port_attempts_ = kPortAttempts;
  prober_.reset();
  tree_->Terminate();
  kill_ = loop_->After(std::chrono::nanoseconds(spec_.stop_timeout_ns), [this] {
    log_->Note(fmt::format("version {} did not stop within {}: killed", spec_.version,
                           FormatDuration(spec_.stop_timeout_ns)));
    Kill();
  });
}

void Version::Kill() {
  port_attempts_ = kPortAttempts;
  prober_.reset();
  if (tree_ != nullptr) tree_->Kill();
}

std::string Version::Problem() const {
  if (end_) return end_->Text();
  if (prober_ != nullptr) return prober_->last_seen();
  return ready_ ? "" : "it is being stopped";
}

}  // namespace opsc
