#include "compiler/driver/run_opsc.h"

int main(int argc, char** argv) {
  return opsc::RunOpsc(std::vector<std::string>(argv + 1, argv + argc));
}
