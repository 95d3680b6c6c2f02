// `features`, `model`, `endpoint` and `batch` → tasks, resources and a service.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/driver/ml/lower.h"

namespace opsc {

std::vector<Node> LowerFeatures(const Node& declared, LowerContext& context);
// MODEL/rows (the kind `training_rows`, where it has triggers), MODEL/environment (a task, where a
// script trains it), MODEL/training (a task), MODEL (the kind `model`).
std::vector<Node> LowerModel(const Node& declared, LowerContext& context);
// ENDPOINT/deployment (the kind `deployment`), ENDPOINT (a service).
std::vector<Node> LowerEndpoint(const Node& declared, LowerContext& context);

// BATCH/part[FILE] (tasks), BATCH (a task: the list of what they made).
std::vector<Node> LowerBatch(const Node& declared, LowerContext& context);

// Refuse what makes no sense although its types fit.
void CheckModel(const Node& declared, LowerContext& context);
// `model`: the one that the endpoint `declared` serves; nullptr: it is not known.
void CheckServable(const Node& declared, const Node* model, const std::string& kernel,
                   LowerContext& context);

// The datasets that windows of a serialised kernel look into.
std::vector<std::string> DatasetsOfWindows(const std::string& kernel);
// The address of the instance that a field names; empty: it names none.
std::string InstanceIn(const Value& fields, std::string_view name);
// The table of a `features` instance, relative to the project root.
std::string FeaturesPath(const std::string& features);

}  // namespace opsc
