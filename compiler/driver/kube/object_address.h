// Names of instances that are made of objects.
#pragma once

#include <string>

#include "runtime/value/value.h"

namespace opsc {

// "deployment__shop__web", "namespace__shop", "widget_example_org__shop__one": the same for the
// same object in whatever version, and different for different ones. A name that could stand for
// two objects ("a.b" and "a-b" are both `a_b`) has some digits of a digest behind it.
std::string ObjectAddress(const Value& object);

}  // namespace opsc
