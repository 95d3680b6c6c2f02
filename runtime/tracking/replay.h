// Events that wait are told to their servers, in order.
#pragma once

#include <chrono>

#include "runtime/tracking/mirror.h"
#include "runtime/tracking/spool.h"

namespace opsc {

struct ReplayOptions {
  std::string dir;  // SpoolDir
  Env* env = nullptr;
  ArtefactFiles files;
  TrackingConnector connect;
  // For how long servers may leave requests without an answer, all together; a second more for each
  // MiB that is uploaded.
  std::chrono::milliseconds unanswered{2000};
  // When no further event is begun.
  std::chrono::milliseconds in_all{10'000};
};

// Why some events still wait: of a server that gives no answer, of a model about which it refused
// something, or of a file that is none.
struct ReplayTrouble {
  std::string url;
  std::string model;  // empty: the whole server
  std::string file;   // of the event at which it stopped
  Error error;
};

struct Replayed {
  size_t told = 0;
  size_t waiting = 0;
  std::vector<ReplayTrouble> troubles;
};

// A server without an answer keeps all of its events waiting, a refused event only later ones of
// its model. Fails only where the spool itself cannot be read. One at a time per directory.
Result<Replayed> Replay(const ReplayOptions& options, std::stop_token stop);

}  // namespace opsc
