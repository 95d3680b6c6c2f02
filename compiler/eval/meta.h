// The fields that every instance has.
#pragma once

#include "compiler/eval/interpreter.h"

namespace opsc::eval {

// Is it a field of every instance, and not one of the instance's own type?
bool IsMeta(const Instance& instance, Symbol name);

// Takes one field over into `meta`; a wrong value is reported. Not for `after`, which makes edges.
void TakeMeta(Interpreter& in, const Instance& instance, const InstanceField& field,
              const Value& value, Meta& meta);

// What the components around an instance say for all that is in them.
void TakeMetaOfComponent(Interpreter& in, Instance& component, Meta& meta);

}  // namespace opsc::eval
