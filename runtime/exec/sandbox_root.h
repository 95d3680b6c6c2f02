// The file system that a sandboxed command sees. Runs inside helper processes only, which have one
// thread. Inside runtime/exec only.
#pragma once

#include "runtime/exec/sandbox.h"

namespace opsc {

// Moves this process into user, mount and UTS namespaces of its own and builds, at
// `setup.root_mount`, the part of the new root that all commands share: the visible directories,
// /dev and mount points. Fails with kEnvironment where the kernel refuses.
Status BuildSharedRoot(const SandboxSetup& setup);

// Completes the root for one command and makes it the root of this process. REQUIRES: called in a
// mount and PID namespace of its own. kConflict: this file system takes no overlay.
Status EnterCommandRoot(const SandboxSetup& setup, const SandboxCommand& command);

// Sets the loopback interface of a fresh network namespace up.
Status BringUpLoopback();

// Gives up every capability, for this process and all that it will start.
void DropCapabilities();

}  // namespace opsc
