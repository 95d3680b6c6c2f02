// Who owns which field, as `metadata.managedFields` tells it (FieldsV1 of structured merge diff).
// Internal to runtime/kube.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/value/value.h"

namespace opsc {

// The field sets of all managers of one object, seen at one path.
class OwnedFields {
 public:
  static OwnedFields Of(const Value& object);

  OwnedFields Field(std::string_view name) const;  // below a record
  OwnedFields Item(const Value& item) const;       // below a list with keys

  // The names by which items of this list are told apart; empty: they have no keys.
  std::vector<std::string> ItemKeys() const;
  // Its items are a set of scalars, in no order.
  bool is_set() const;

 private:
  std::vector<Value> sets_;  // one for each manager that owns something here
};

// Does `fields` have a value at `path`, written as the API server writes field paths:
// `.spec.containers[name="web"].image`?
bool HasPath(const Value& fields, std::string_view path);

}  // namespace opsc
