// Row types of the Model as schemas of columns.
#pragma once

#include <optional>
#include <string>

#include "compiler/model/model.h"
#include "runtime/column/schema.h"

namespace opsc::kernel {

// Why a type is no row type, in the words of a message: "its field `tags` is a list".
struct RowTypeProblem {
  std::string why;
};

// The columns of a declared type or record: fields of bool, int, float, string, time, duration,
// size or ratio (also url, path, semver and unions of literals of one kind), refined or not,
// optional or not.
std::expected<RowSchema, RowTypeProblem> RowSchemaOf(const Model& model, TypeId type);
// The same of what a kernel is asked about: fields of records are columns `record.field` too.
std::expected<RowSchema, RowTypeProblem> FlatSchemaOf(const Model& model, TypeId type);

// The column that holds values of the type; nullopt: none can.
std::optional<RowField> ColumnOf(const Model& model, TypeId type);

}  // namespace opsc::kernel
