// Values as JSON that reads back exactly (value/json.h is for people: there "30s" is a string).
#pragma once

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// Null, bool, int, float, UTF-8 strings, lists and records stand for themselves; everything else
// is a record with one `$name` (the table is in docs/formats/state.md). The result holds only
// kinds that JSON has.
Value ToDocument(const Value& value);
Result<Value> FromDocument(const Value& document);

}  // namespace opsc
