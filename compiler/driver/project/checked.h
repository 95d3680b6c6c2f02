// The memo of `opsc check`: these very sources were checked and evaluated, and nothing was to say.
#pragma once

#include <cstddef>
#include <optional>

#include "compiler/driver/cli/arguments.h"
#include "compiler/driver/project/load.h"
#include "compiler/driver/project/params.h"

namespace opsc {

// A program without any diagnostic.
struct CheckedProgram {
  size_t instances = 0;
};

// What a check would find now, where `.ops/cache/checked` knows that it finds nothing to say. The
// memo stands under the content of all that a check reads: every source of every module, with the
// list of them; parameters, from words, files and variables; and opsc itself. Nothing is taken from
// time stamps but the identity of opsc. See docs/formats/cache.md.
std::optional<CheckedProgram> RecallChecked(Env& env, const Project& project, const Args& args);

// Writes the memo, where there is a `.ops/` to hold it. A memo that cannot be written is none.
// REQUIRES: `program` was evaluated with `params`, and has no diagnostics, not even a hint.
void RememberChecked(Env& env, const Project& project, const Args& args, const ParamTexts& params,
                     const LoadedProgram& program);

}  // namespace opsc
