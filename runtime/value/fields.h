// Reading records whose shape the checker has seen, and recorded ones that anybody may have edited.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/value/value.h"

namespace opsc {

// The field, or `fallback` where it is absent or of another kind. Ints, durations and sizes are
// numbers alike.
std::string TextField(const Value& record, std::string_view name, std::string_view fallback = {});
int64_t NumberField(const Value& record, std::string_view name, int64_t fallback = 0);
bool BoolField(const Value& record, std::string_view name, bool fallback = false);
// A null value where the field is absent.
Value FieldOf(const Value& record, std::string_view name);

// `record` with the field set, at its place or at the end; what is no record becomes one.
Value WithField(const Value& record, std::string_view name, Value value);

}  // namespace opsc
