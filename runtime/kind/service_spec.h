// What a supervisor runs, and how it travels over the control socket.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// How to find out whether a version is ready.
struct ProbeSpec {
  enum class Kind { kAlive, kHttp, kTcp, kExec } kind = Kind::kAlive;
  std::string host = "127.0.0.1";  // numeric
  int port = 0;                    // 0: the version's own
  std::string path = "/";
  int status = 200;
  std::vector<std::string> command;
  int64_t every_ns = 200'000'000;
  int64_t timeout_ns = 2'000'000'000;
};

enum class RestartPolicy { kAlways, kOnFailure, kNever };

// One version of a service, ready to be started: paths are absolute, files have been put in place.
struct ServiceSpec {
  std::string address;
  std::string token;    // idempotency token of the change that brings it
  std::string version;  // 12 hex digits: the digest of its files and command
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env;  // all of it but PORT
  std::vector<std::string> secrets;                      // what its output must not show
  std::string dir;
  int port = 0;  // for clients; 0: none
  ProbeSpec probe;
  int64_t start_timeout_ns = 30'000'000'000;
  int64_t stop_timeout_ns = 10'000'000'000;
  RestartPolicy restart = RestartPolicy::kAlways;
};

// Records of strings, ints and lists: they go through JSON unchanged. Environment values are in
// clear: this is sent to the supervisor, never stored.
Value EncodeSpec(const ServiceSpec& spec);
Result<ServiceSpec> DecodeSpec(const Value& value);

// The `ready` field (null: none) of a service that clients reach on `port`. Refuses https, names
// that need a resolver, and a probe of its own port where there is none.
Result<ProbeSpec> ReadProbe(const Value& ready, int port);

}  // namespace opsc
