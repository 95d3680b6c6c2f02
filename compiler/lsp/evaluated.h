// What `opsc check` finds by evaluating a program: done in a process of its own, of texts that are
// saved, when nothing else is found in them.
#pragma once

#include <string>

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

// Is what the editor shows what stands on the disk, and without errors?
bool CanBeEvaluated(const Workspace& w, const Program& program);

// Puts in the place of what was found before what `opsc check --format json` printed, but for what
// is known and for params that are given only when it matters.
void TakeEvaluated(Program& program, std::string_view printed);

}  // namespace opsc::lsp
