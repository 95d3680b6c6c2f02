// What opsc and a sandbox helper say to each other. Inside runtime/exec only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/exec/sandbox.h"

namespace opsc {

// The first argument by which a process knows that it is a helper, and the descriptor of its end of
// the channel.
inline constexpr char kHelperName[] = "opsc-sandbox";
inline constexpr int kHelperChannel = 3;

// One answer of the helper. Fixed in size, so that it is one write.
struct SandboxReply {
  enum class Kind : int32_t {
    kReady,           // of the set-up: namespaces are there
    kRefused,         // of the set-up: the kernel says no
    kExited,          // value: wait status of the command
    kSetupFailed,     // the command was not started
    kOverlayRefused,  // the same, because this file system takes no overlay
    kExecFailed,      // value: errno of execve
  };
  Kind kind = Kind::kSetupFailed;
  int32_t value = 0;
  char what[240] = {};  // of a failure; NUL-terminated
};

SandboxReply MakeReply(SandboxReply::Kind kind, int value, const std::string& what = {});

// Frames on the channel: u32 length and bytes; a descriptor may travel with a request.
Status SendFrame(int channel, const std::string& bytes, int descriptor);
// nullopt at the end of the stream. `descriptor` becomes -1 where none came.
std::optional<std::string> ReceiveFrame(int channel, int& descriptor);
bool WriteReply(int fd, const SandboxReply& reply);
std::optional<SandboxReply> ReadReply(int fd);

std::string EncodeSetup(const SandboxSetup& setup);
std::optional<SandboxSetup> DecodeSetup(const std::string& bytes);
std::string EncodeCommand(const SandboxCommand& command);
std::optional<SandboxCommand> DecodeCommand(const std::string& bytes);

// Starts a helper that talks on `channel`, which the caller closes.
Result<pid_t> SpawnHelper(int channel);

// Signals on the channel while a command runs: one byte each.
inline constexpr char kTerminate = 'T';  // TERM to everything in the sandbox
inline constexpr char kKill = 'K';       // KILL to everything

}  // namespace opsc
