// What makes each built-in kind; the table in kinds.cpp has one row for each.
#pragma once

#include <memory>

#include "runtime/graph/kind.h"

namespace opsc {

std::unique_ptr<Kind> MakeFileKind();
std::unique_ptr<Kind> MakeDirectoryKind();
std::unique_ptr<Kind> MakeServiceKind();

}  // namespace opsc
