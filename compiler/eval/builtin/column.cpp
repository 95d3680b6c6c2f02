// What is asked of a whole column has an answer only where the data is: in the rules of a dataset.
#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"

namespace opsc::eval::builtin {

Value OfColumn(Call& call) {
  return BadArgument(call, "a whole column is looked at only in the rules of a dataset");
}

}  // namespace opsc::eval::builtin
