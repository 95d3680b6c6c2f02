// An inferred row type as a program.
#pragma once

#include <string>

#include "runtime/data/infer.h"

namespace opsc {

// A `type` and a `dataset` in `.ops`, formatted; guesses stand as comments. `files`: what `csv(…)`
// takes.
std::string InferredText(const InferredRows& rows, const std::string& name,
                         const std::string& files);

// "data/orders-2024.csv" → "orders_2024".
std::string DatasetName(std::string_view path);

}  // namespace opsc
