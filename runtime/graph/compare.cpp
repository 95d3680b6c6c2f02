#include "runtime/graph/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/immutable_path.h"

namespace opsc {
namespace {

// Does the change touch something that `replace_when` names, at, above or below it? An immutable
// field that the source no longer speaks of stays as it is.
bool Touches(const std::vector<std::string>& replace_when, const FieldDiff& field) {
  return std::ranges::any_of(replace_when, [&](const std::string& named) {
    if (auto immutable = ImmutableIn(named)) {
      return PathCovers(*immutable, field.path) &&
             !(field.path == *immutable && field.after.is_null() && !field.pending);
    }
    return PathCovers(named, field.path) || PathCovers(field.path, named);
  });
}

// The path, and what stands there where that is short: `mode ("700")`.
std::string Told(const FieldDiff& field) {
  constexpr size_t kShort = 40;
  if (field.secret || field.after.is_null()) return field.path;
  const std::string found = ToText(field.after);
  return found.size() > kShort ? field.path : fmt::format("{} ({})", field.path, found);
}

}  // namespace

Comparison CompareFields(const Value& actual, const Value& desired, const Meta& meta,
                         const Kind& kind) {
  Comparison comparison;
  comparison.diff = DiffFields(actual, desired, meta.ignore);
  if (comparison.diff.empty()) return comparison;
  comparison.action = Action::kUpdate;
  for (FieldDiff& field : comparison.diff) {
    field.replaces = kind.Replaces(field.path) || Touches(meta.replace_when, field);
    if (field.replaces) comparison.action = Action::kReplace;
  }
  return comparison;
}

Error ExistsAndDiffers(const std::string& address, const std::string& type,
                       const std::vector<FieldDiff>& differs) {
  std::string paths;
  for (const FieldDiff& field : differs) paths += (paths.empty() ? "" : ", ") + Told(field);
  return {ErrorKind::kConflict,
          fmt::format("`{}`: this {} exists already, was not made by opsc, and differs in: {}",
                      address, type, paths),
          "write into the source what is there (it is then adopted as it is), or move it away (it "
          "is then created); if opsc made it under another name, say `moved OLD to NEW`"};
}

}  // namespace opsc
