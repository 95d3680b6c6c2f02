// Instances that are no nodes: environments, tests, pipelines.
#pragma once

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

std::optional<EnvironmentCase> MakeEnvironment(Interpreter& in, Instance& instance);
std::optional<TestCase> MakeTest(Interpreter& in, Instance& instance);
std::optional<PipelineCase> MakePipeline(Interpreter& in, Instance& instance);

// Runs `expect`; a failure is reported with what both sides of the comparison are.
bool RunTestCase(Interpreter& in, Instance& test);

}  // namespace opsc::eval
