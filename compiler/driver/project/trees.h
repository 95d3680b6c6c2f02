// Syntax trees that have served.
#pragma once

#include "compiler/driver/project/load.h"

namespace opsc {

// Frees the trees of a program that is checked, and the checker's tables: a third of its memory,
// and evaluation reads the Model alone. What declares a parameter stays. Nothing of it can be
// checked or printed afterwards.
void DropTrees(LoadedProgram& program);

}  // namespace opsc
