// Values that exist only after apply, and what they wait for.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "runtime/value/value.h"

namespace opsc::eval {

inline bool IsPending(const Value& value) {
  return value.is(ValueKind::kPending);
}

// Adds the addresses that the value, or anything in it, waits for.
void AddWaits(const Value& value, std::vector<std::string>& waits);

// Pending for all that the values wait for; secret where one of them has a secret.
Value PendingOn(std::span<const Value> values);
inline Value PendingOn(std::initializer_list<Value> values) {
  return PendingOn(std::span<const Value>(values.begin(), values.size()));
}

}  // namespace opsc::eval
