// One client's connection and the one behind it.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "runtime/kind/event_loop.h"

namespace opsc {

// Copies bytes both ways until both sides are done, half-closed connections included. Buffers at
// most 64 KB a direction. A target that refuses is tried again for ten seconds: nothing has been
// sent by then, so the client only waits.
class TcpLink {
 public:
  struct Callbacks {
    std::function<int()> target_port;  // asked before each attempt; 0: none now
    std::function<void()> on_end;      // once; the link may be destroyed in it
  };
  // Takes over `client`.
  TcpLink(EventLoop* loop, int client, Callbacks callbacks);
  ~TcpLink();
  TcpLink(const TcpLink&) = delete;
  TcpLink& operator=(const TcpLink&) = delete;

 private:
  // One direction.
  struct Flow {
    int* from;
    int* to;
    std::string buffer;
    bool from_ended = false;  // end of input was read
    bool to_ended = false;    // end of output was sent on, or nobody takes it any more
  };
  enum class Progress { kNone, kSome, kReset };

  void Connect();
  void OnTarget();
  void Retry();
  void Pump();
  Progress Read(Flow& flow);
  Progress Write(Flow& flow);
  void Reset();  // ends both connections as the peer did: with RST
  void End();

  EventLoop* loop_;
  Callbacks callbacks_;
  int client_;
  int target_ = -1;
  bool connected_ = false;
  std::chrono::steady_clock::time_point give_up_;
  EventLoop::TimerId retry_ = 0;
  EventLoop::TimerId linger_ = 0;
  Flow up_{&client_, &target_, {}};
  Flow down_{&target_, &client_, {}};
};

}  // namespace opsc
