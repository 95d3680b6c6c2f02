// What a field of an extern type has to do with rows: said by annotations in the standard library.
#pragma once

#include <algorithm>

#include "compiler/model/model.h"

namespace opsc {

enum class RowRole : uint8_t {
  kNone,
  kType,      // `@row_type`: a type, that of the instance's rows
  kSource,    // `@row_source`: an instance with rows, over which this one's functions run
  kFunction,  // `@over_rows`: a function of a row, or a map of them
  kRule,      // `@rule`: as kFunction, and may look at whole columns
  kKernel,    // `@kernel`: functions of one record of the declared type, also in lists and records
};

inline RowRole RowRoleOf(const Model& model, NominalId nominal, Symbol field) {
  auto info = model.nominals.find(static_cast<uint32_t>(nominal));
  if (info == model.nominals.end()) return RowRole::kNone;
  const auto& annotations = info->second.annotations;
  auto own = std::ranges::find(annotations, field, [](const auto& entry) { return entry.first; });
  if (own == annotations.end()) return RowRole::kNone;
  for (Symbol name : own->second) {
    if (name.text() == "row_type") return RowRole::kType;
    if (name.text() == "row_source") return RowRole::kSource;
    if (name.text() == "over_rows") return RowRole::kFunction;
    if (name.text() == "rule") return RowRole::kRule;
    if (name.text() == "kernel") return RowRole::kKernel;
  }
  return RowRole::kNone;
}

}  // namespace opsc
