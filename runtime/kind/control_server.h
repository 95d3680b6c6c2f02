// The socket through which opsc talks to a supervisor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "runtime/base/result.h"
#include "runtime/kind/event_loop.h"
#include "runtime/value/value.h"

namespace opsc {

// One request a connection, one answer, each a JSON object on one line:
//   {"op": "apply", "spec": {…}}     what EncodeSpec makes; answers when the change has ended
//   {"op": "await", "token": "…"}    the outcome of an earlier apply; {"known": false} if there is
//   none
//   {"op": "cancel", "token": "…"}   {"op": "status"}    {"op": "stop"}
// The answer may come much later; a client that has gone by then misses it.
class ControlServer {
 public:
  using Reply = std::function<void(const Value&)>;
  using Handler = std::function<void(const Value& request, Reply reply)>;

  ControlServer(EventLoop* loop, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Binds `path`, relative to the working directory (sun_path has 108 bytes).
  Status Listen(const std::string& path);
  size_t clients() const { return clients_.size(); }

 private:
  struct Client {
    int fd = -1;
    std::string request;
    bool asked = false;
  };

  void Accept();
  void ReadUpTo(uint64_t id);
  void Read(uint64_t id);
  void Ask(uint64_t id);
  void Send(uint64_t id, const Value& answer);
  void Drop(uint64_t id);

  EventLoop* loop_;
  Handler handler_;
  int listener_ = -1;
  uint64_t next_id_ = 1;
  std::map<uint64_t, Client> clients_;
};

}  // namespace opsc
