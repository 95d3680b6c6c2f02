// Asking a version whether it is ready.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/kind/event_loop.h"
#include "runtime/kind/process_tree.h"
#include "runtime/kind/service_spec.h"

namespace opsc {

// Attempts, one after the other, until one succeeds. HTTP is our own dozen lines over a plain
// socket (a GET of HTTP/1.1, of which the status line decides; at most 64 KB are read): an HTTP
// library would cost every start of opsc more than this costs in all.
class Prober {
 public:
  struct Callbacks {
    std::function<void()> on_ready;                   // once; the prober may be destroyed in it
    std::function<void(std::string_view)> on_output;  // of an exec probe's command
  };
  // `command` has environment and directory for exec probes; `own_port` is the version's.
  Prober(EventLoop* loop, ProbeSpec spec, TreeCommand command, int own_port, Callbacks callbacks);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // What the last attempt saw: "GET http://127.0.0.1:4711/health answered 503, not 200".
  const std::string& last_seen() const { return last_seen_; }

 private:
  void Attempt();
  void Connect();
  void OnSocket();
  void OnConnected();
  void ReadAnswer();
  void RunCommand();
  void Failed(const std::string& what);
  void Succeeded();
  void EndAttempt();
  std::string Target() const;
  int Port() const { return spec_.port != 0 ? spec_.port : own_port_; }

  EventLoop* loop_;
  ProbeSpec spec_;
  TreeCommand command_;
  int own_port_;
  Callbacks callbacks_;
  std::string last_seen_ = "it was not asked yet";
  EventLoop::TimerId next_ = 0;
  EventLoop::TimerId deadline_ = 0;
  int socket_ = -1;
  bool connected_ = false;
  std::string answer_;
  std::unique_ptr<ProcessTree> tree_;
};

// "HTTP/1.1 200 OK…" -> 200; 0: not a status line (yet).
int ReadStatusLine(std::string_view answer);

}  // namespace opsc
