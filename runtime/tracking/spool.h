// Events that wait for their tracking server: a directory of numbered files.
//
//   0000000042-1a2b3c4d5e6f.json   an event; the number orders, the digest keeps writers apart
//   told/0123456789abcdef.json     of one model: the registry that its server was told last
//
// Files are written atomically and durably. Any number of processes may add; one at a time replays.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/tracking/event.h"

namespace opsc {

std::string SpoolDir(const std::string& state_dir);

// Adds an event behind all others.
Status SpoolEvent(const std::string& dir, const TrackingEvent& event, Env& env);
// Adds the registry unless that is what was told or waits last; older ones that wait are dropped,
// for it says all that they do.
Status SpoolRegistry(const std::string& dir, const TrackedModel& model,
                     const TrackedRegistry& registry, Env& env);

// An event that waits; `event` is an error where the file cannot be read as one.
struct SpooledEvent {
  std::string file;  // its path
  Result<TrackingEvent> event;
};
// In their order. A directory that is not there is an empty one.
Result<std::vector<SpooledEvent>> ReadSpool(const std::string& dir, Env& env);

// Notes that an event has been told, then removes it.
Status Told(const std::string& dir, const SpooledEvent& event, Env& env);
// Nothing is known any more of what was told about the model: its registry is told anew.
Status ForgetTold(const std::string& dir, const TrackedModel& model, Env& env);

}  // namespace opsc
