// Kernels with the tables that they look into.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/column/kernel.h"

namespace opsc {

// A kernel from its serialised form, given the rows of each dataset that it looks into.
// `snapshots`: manifests by dataset, {"orders": PATH}.
Result<std::unique_ptr<Kernel>> LoadBound(const std::string& kernel,
                                          const nlohmann::ordered_json& snapshots);

}  // namespace opsc
