// What types do not hold: measures that a model does not have, features that are no numbers, times
// that are none.
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/ml/lower_model.h"
#include "compiler/kernel/encode.h"
#include "runtime/column/schema.h"
#include "runtime/registry/gate.h"
#include "runtime/retrain/cron.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

// What a model is made of, as far as it is known.
struct Parts {
  RowSchema rows;             // of the dataset
  kernel::Function features;  // of the model's features
  std::optional<RowField> label;
};

std::optional<Parts> PartsOf(const Node& declared, LowerContext& context) {
  const Node* features = context.Declared(InstanceIn(declared.fields, "features"));
  if (features == nullptr) return std::nullopt;
  const Node* dataset = context.Declared(InstanceIn(features->fields, "of"));
  auto kernel = kernel::Decode(TextField(features->fields, "columns"));
  if (dataset == nullptr || !kernel) return std::nullopt;
  auto rows = SchemaFromJsonText(ToJson(FieldOf(dataset->fields, "rows"), SecretPolicy::kRedact));
  if (!rows) return std::nullopt;
  Parts parts{*std::move(rows), *std::move(kernel), std::nullopt};
  for (const RowField& field : parts.rows.fields) {
    if (field.roles.label) parts.label = field;
  }
  return parts;
}

void CheckLabel(const Node& declared, const Parts& parts, LowerContext& context) {
  if (parts.label) return;
  context.Refuse(declared,
                 fmt::format("`{}` has nothing to learn: no field of `{}` is its label",
                             declared.address, parts.rows.name),
                 "mark what is to be predicted: `@label returned: bool`");
}

void CheckFeatures(const Node& declared, const Parts& parts, LowerContext& context) {
  for (const kernel::Output& output : parts.features.outputs) {
    if (output.field.type != ColumnType::kTime) continue;
    context.Refuse(declared,
                   fmt::format("`{}` cannot learn from the feature `{}`: it is a time",
                               declared.address, output.field.name),
                   "derive a number: `hour(t)`, `weekday(t)`, or the difference of two times");
  }
}

void CheckGate(const Node& declared, const Parts& parts, LowerContext& context) {
  auto gate = kernel::Decode(TextField(FieldOf(declared.fields, "gate"), "kernel"));
  if (!gate || !parts.label) return;
  bool binary = parts.label->type == ColumnType::kBool;
  SchemaPtr known = GateSchema(binary ? Objective::kBinary : Objective::kRegression);
  for (const RowField& read : gate->input.fields) {
    if (known->Find(read.name)) continue;
    std::vector<std::string_view> names;
    for (const Metric& metric : MetricsOf(binary ? Objective::kBinary : Objective::kRegression)) {
      names.push_back(metric.name);
    }
    context.Refuse(declared,
                   fmt::format("the gate of `{}` reads the measure `{}`, which models of a {} do "
                               "not have",
                               declared.address, read.name, binary ? "bool" : "number"),
                   fmt::format("the label `{}` is a {}: there are {}", parts.label->name,
                               ColumnTypeName(parts.label->type), fmt::join(names, ", ")));
  }
}

// Slices, groups and clusters name fields of the rows, or features.
void CheckNames(const Node& declared, const Parts& parts, LowerContext& context) {
  std::vector<std::string> known;
  for (const RowField& field : parts.rows.fields) known.push_back(field.name);
  for (const kernel::Output& output : parts.features.outputs) known.push_back(output.field.name);
  auto check = [&](std::string_view what, const std::string& name) {
    if (name.empty() || std::ranges::find(known, name) != known.end()) return;
    context.Refuse(
        declared,
        fmt::format("`{}` of `{}` names `{}`, which is neither a field of the rows nor a "
                    "feature",
                    what, declared.address, name),
        NameHint(name, known, ""));
  };
  const Value slices = FieldOf(declared.fields, "slices");
  if (slices.is(ValueKind::kList)) {
    for (const Value& slice : slices.AsList()) check("slices", std::string(slice.AsString()));
  }
  check("cluster", TextField(declared.fields, "cluster"));
  check("split", TextField(FieldOf(declared.fields, "split"), "group"));
}

// By which clock outcomes are known: a time of the rows.
void CheckKnown(const Node& declared, const Parts& parts, LowerContext& context) {
  const std::string known = TextField(FieldOf(declared.fields, "split"), "known");
  if (known.empty()) return;
  std::vector<std::string> times;
  for (const RowField& field : parts.rows.fields) {
    if (field.type == ColumnType::kTime) times.push_back(field.name);
  }
  if (std::ranges::find(times, known) != times.end()) return;
  context.Refuse(
      declared,
      fmt::format("`split` of `{}` names `{}`, which is no time of `{}`", declared.address, known,
                  parts.rows.name),
      NameHint(known, times, "`known` is the field that says when the label of a row was known"));
}

// A script and its lock are files of the project.
void CheckScript(const Node& declared, LowerContext& context) {
  const Value trainer = FieldOf(declared.fields, "trainer");
  if (TextField(trainer, "kind") != "python") return;
  for (const char* field : {"script", "lock"}) {
    FilesRep file;
    file.include = {TextField(trainer, field)};
    if (!context.Matches(file).empty()) continue;
    context.Refuse(declared,
                   fmt::format("the {} of `{}` is not there: {}", field, declared.address,
                               TextField(trainer, field)),
                   "it is a file of the project, named relative to its root");
  }
}

void CheckTimes(const Node& declared, LowerContext& context) {
  const Value triggers = FieldOf(declared.fields, "retrain");
  if (!triggers.is(ValueKind::kList)) return;
  for (const Value& trigger : triggers.AsList()) {
    if (TextField(trigger, "kind") != "cron") continue;
    auto times = CronTimes::Parse(TextField(trigger, "schedule"));
    if (!times) {
      context.Refuse(declared, times.error().message, times.error().hint);
    } else if (!times->NextAfter(Time{})) {
      context.Refuse(declared,
                     fmt::format("cron: `{}` never comes", TextField(trigger, "schedule")),
                     "there is no such day in that month");
    }
  }
}

}  // namespace

void CheckModel(const Node& declared, LowerContext& context) {
  CheckTimes(declared, context);
  CheckScript(declared, context);
  auto parts = PartsOf(declared, context);
  if (!parts) return;
  CheckLabel(declared, *parts, context);
  CheckFeatures(declared, *parts, context);
  CheckGate(declared, *parts, context);
  CheckNames(declared, *parts, context);
  CheckKnown(declared, *parts, context);
}

void CheckServable(const Node& declared, const Node* model, const std::string& kernel,
                   LowerContext& context) {
  if (model != nullptr && TextField(FieldOf(model->fields, "trainer"), "kind") == "python") {
    context.Refuse(declared,
                   fmt::format("`{}` cannot serve `{}`: a script has trained it, which alone can "
                               "ask it",
                               declared.address, model->address),
                   "predict with a `batch`, or serve a model of `xgboost(…)`");
  }
  std::vector<std::string> datasets = DatasetsOfWindows(kernel);
  if (datasets.empty()) return;
  context.Refuse(
      declared,
      fmt::format("the features behind `{}` look at rows of `{}`, which an endpoint does "
                  "not have",
                  declared.address, datasets.front()),
      "serve a model whose features are computed from the row alone; windows and "
      "`as_of` are for training and `batch` so far");
}

}  // namespace opsc
