// One version of a service, while a supervisor has it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/kind/event_loop.h"
#include "runtime/kind/probe.h"
#include "runtime/kind/process_tree.h"
#include "runtime/kind/service_log.h"
#include "runtime/kind/service_spec.h"
#include "runtime/value/masker.h"

namespace opsc {

// Its process tree, the port it was given and whether it has been ready. It can be started again
// after its end. Not thread-safe.
class Version {
 public:
  struct Callbacks {
    std::function<void()> on_ready;              // after each start at most once
    std::function<void(const TreeEnd&)> on_end;  // the version may be destroyed in it
  };
  // `open_files`: soft limit of the processes. `id`: of the supervisor's choice.
  Version(EventLoop* loop, ServiceLog* log, ServiceSpec spec, uint64_t id, uint64_t open_files,
          Callbacks callbacks);
  ~Version();
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;

  void Start();  // REQUIRES: not running
  void Stop();   // TERM; KILL after the stop timeout
  void Kill();

  const ServiceSpec& spec() const { return spec_; }
  uint64_t id() const { return id_; }
  int port() const { return port_; }  // its own; 0 where the service has none
  pid_t pid() const { return tree_ == nullptr ? 0 : tree_->pid(); }
  pid_t keeper() const { return tree_ == nullptr ? 0 : tree_->keeper(); }
  bool running() const { return tree_ != nullptr; }
  bool ready() const { return ready_; }
  std::chrono::nanoseconds alive() const;  // since the last start
  // What keeps it from being ready: what the probe saw, how the process ended.
  std::string Problem() const;
  const LastLines& last_lines() const { return last_lines_; }
  // Did it die because its port was taken?
  bool PortWasTaken() const;

 private:
  TreeCommand Command() const;
  // What the command or its probe prints, without its secrets, to the log and the last lines.
  std::function<void(std::string_view)> ToLog(Masker* masker);
  void EndOutput(Masker* masker);
  void OnReady();
  void OnEnd(const TreeEnd& end);

  EventLoop* loop_;
  ServiceLog* log_;
  ServiceSpec spec_;
  uint64_t id_;
  uint64_t open_files_;
  Callbacks callbacks_;
  int port_ = 0;
  bool ready_ = false;
  int port_attempts_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::unique_ptr<ProcessTree> tree_;
  std::unique_ptr<Prober> prober_;
  std::optional<TreeEnd> end_;
  EventLoop::TimerId kill_ = 0;
  std::shared_ptr<const SecretPatterns> patterns_;  // shared with the two maskers
  Masker output_;                                   // of the command
  Masker probe_output_;
  LastLines last_lines_;
};

}  // namespace opsc
