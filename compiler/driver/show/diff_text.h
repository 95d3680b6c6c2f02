// Differences of fields as people read them.
#pragma once

#include <string>
#include <string_view>

#include "runtime/graph/plan.h"

namespace opsc {

struct DiffTextOptions {
  bool color = false;
  size_t indent = 6;
  size_t width = 100;  // of a value; longer ones are cut
};

// "replicas: 1 → 3", or a line diff for texts of several lines; ends with a newline.
std::string DiffText(const FieldDiff& diff, const DiffTextOptions& options);
// The fields of something new, one a line (several for texts of several lines).
std::string FieldsText(const Value& fields, const DiffTextOptions& options);
// The lines that differ, with two lines around them.
std::string LineDiff(std::string_view before, std::string_view after,
                     const DiffTextOptions& options);
// A value on one line, cut to `width` columns.
std::string ShortText(const Value& value, size_t width);

}  // namespace opsc
