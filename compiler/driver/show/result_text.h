// What a run came to, as people read it.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/live/run_output.h"
#include "runtime/exec/apply.h"

namespace opsc {

struct ResultTextOptions {
  bool color = false;
  Verbosity verbosity = Verbosity::kNormal;
  int width = 100;
};

// Failures with the end of their output, outs, and one line of counts.
std::string ResultText(const ApplyResult& result, const std::vector<FailedNode>& failures,
                       const ResultTextOptions& options);

}  // namespace opsc
