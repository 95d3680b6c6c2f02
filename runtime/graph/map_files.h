// Values with each of their files replaced by another.
#pragma once

#include <functional>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// `value` with `change(file)` in the place of each kFile in it: in lists, records, templates and
// file sets, not behind references to instances. Origins and marks stay.
Result<Value> MapFiles(const Value& value,
                       const std::function<Result<Value>(const Value&)>& change);

}  // namespace opsc
