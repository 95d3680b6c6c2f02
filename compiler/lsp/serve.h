// The server on two file descriptors.
#pragma once

#include "compiler/lsp/host.h"

namespace opsc::lsp {

// Serves one client until it leaves. Gives the exit code of the process.
int Serve(const Host& host, int in, int out);

}  // namespace opsc::lsp
