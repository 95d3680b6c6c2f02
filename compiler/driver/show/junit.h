// JUnit XML, as CI systems read it.
#pragma once

#include <string>
#include <vector>

#include "compiler/driver/live/run_output.h"
#include "runtime/exec/apply.h"

namespace opsc {

struct JUnitCase {
  std::string name;
  double seconds = 0;
  enum class Result { kOk, kFailed, kSkipped } result = Result::kOk;
  std::string message;
  std::string output;
};

std::string JUnitXml(const std::string& suite, const std::vector<JUnitCase>& cases);
// One case a step of the run.
std::string JUnitOfRun(const ApplyResult& result, const std::vector<FailedNode>& failures);

}  // namespace opsc
