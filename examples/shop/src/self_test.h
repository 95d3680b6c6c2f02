// The program's own tests, by suite.
#pragma once

#include <string>

namespace shop {

// Runs the suite "unit" or "http" and writes JUnit XML to `junit` (empty: nowhere). Returns the
// number of failures.
int RunSelfTest(const std::string& suite, const std::string& junit);

}  // namespace shop
