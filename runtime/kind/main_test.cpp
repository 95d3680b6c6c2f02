// The test program is also the programs that the tests start: a supervisor and a small server.
#include <gtest/gtest.h>

#include <string_view>

#include "runtime/kind/supervisor.h"
#include "runtime/kind/testing/server.h"

int main(int argc, char** argv) {
  const std::string_view mode = argc > 2 ? argv[1] : "";
  if (mode == "__supervise") return opsc::SuperviseMain(argv[2]);
  if (mode == "__serve") return opsc::testing::ServeMain(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
