// The public port of a service: TCP connections forwarded to the version in charge.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "runtime/base/result.h"
#include "runtime/kind/event_loop.h"
#include "runtime/kind/tcp_link.h"

namespace opsc {

// Listens on 127.0.0.1 and links each client to the target of that moment. While there is no target
// clients wait in the kernel's queue, for ten seconds; after that they are closed. Connections keep
// the target that they began with. At most kMaxLinks at a time; the rest waits in the queue.
class Forwarder {
 public:
  static constexpr size_t kMaxLinks = 4096;

  explicit Forwarder(EventLoop* loop);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Opens the listener of `port` (0: none) beside the one in use; Commit puts it in its place and
  // Abandon closes it. kConflict where another program has the port.
  Status Prepare(int port);
  void Commit();
  void Abandon();
  void Close();  // the listener; links go on
  int port() const { return port_; }

  // New connections go to this port of 127.0.0.1. `id` tells one target from the next.
  void SetTarget(int port, uint64_t id);
  void ClearTarget();

  size_t LinksTo(uint64_t id) const;
  // Called after the end of each link.
  std::function<void()> on_link_end;

 private:
  void Accept();
  void Link(int client);
  void Listen();  // watches the listener if it may accept now
  void StopListening();
  bool Full() const { return links_.size() >= kMaxLinks; }

  EventLoop* loop_;
  int port_ = 0;
  int listener_ = -1;
  bool listening_ = false;
  int next_port_ = 0;
  int next_listener_ = -1;
  bool prepared_ = false;
  int target_port_ = 0;
  uint64_t target_ = 0;
  bool hold_over_ = false;  // no target for too long: clients are turned away
  EventLoop::TimerId hold_ = 0;
  uint64_t next_link_ = 1;
  struct Entry {
    uint64_t target = 0;
    std::unique_ptr<TcpLink> link;
  };
  std::map<uint64_t, Entry> links_;
};

}  // namespace opsc
