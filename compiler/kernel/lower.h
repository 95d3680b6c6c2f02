// A row lambda of the Model → kernel IR.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "compiler/diag/diagnostics.h"
#include "compiler/kernel/function.h"
#include "compiler/model/builtin_names.h"
#include "compiler/model/model.h"

namespace opsc::kernel {

// A lambda as a value: what it runs and what its first slots hold.
struct LambdaValue {
  ExprId lambda = kNone<ExprId>;
  std::vector<Value> captured;
};

// Another dataset, as a window names it.
struct DatasetRef {
  std::string address;
  TypeId row = kNone<TypeId>;
};

// What lowering asks of the evaluator.
class Constants {
 public:
  virtual ~Constants() = default;
  // A let, param, instance or module member, as it is read in the body of the function `fn`, or
  // (kNone) of `lambda` (null: the one that is lowered). nullopt: it failed, which is reported.
  virtual std::optional<Value> Of(ExprId item, FnId fn, const Value& lambda) = 0;
  // nullopt: it is no lambda.
  virtual std::optional<LambdaValue> LambdaOf(const Value& function) = 0;
  // nullopt: it is no instance with rows.
  virtual std::optional<DatasetRef> DatasetOf(const Value& instance) = 0;
};

struct LowerInputs {
  const Model* model = nullptr;
  const BuiltinNames* builtins = nullptr;
  Constants* constants = nullptr;
  std::string name;    // of what is made, for messages
  LambdaValue lambda;  // of one parameter, a row
  TypeId row = kNone<TypeId>;
  // The one output's name where the lambda gives no record.
  std::string column = "value";
};

// The columns of the record that the lambda gives, or one column. nullopt: reported.
std::optional<Function> Lower(const LowerInputs& inputs, Diagnostics& diagnostics);

}  // namespace opsc::kernel
