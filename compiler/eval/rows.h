// Functions over rows: as kernels for whoever runs them on data, and row by row as the reference.
#pragma once

#include "compiler/eval/interpreter.h"
#include "compiler/model/row_role.h"

namespace opsc::eval {

// The value of a field with a role as it stands in the graph: a row type as its schema, a function
// as the text of its kernel, a map of functions as a map of such texts.
Value RowFieldForKind(Interpreter& in, const Instance& instance, const InstanceField& field,
                      RowRole role, Value value);

// The two times of a dataset's rows, by address; nullopt: it has not both.
struct Clocks {
  Symbol event_time;
  Symbol known_at;
};
std::optional<Clocks> ClocksOf(Interpreter& in, const std::string& dataset);

// As Evaluation::RunOnRow. nullopt: there is no such function.
std::optional<Value> RunFunctionOnRow(Interpreter& in, const std::string& address,
                                      const std::string& field, const Value& row,
                                      const RowTables& tables);

}  // namespace opsc::eval
