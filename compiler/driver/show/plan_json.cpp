#include "compiler/driver/show/plan_json.h"

#include <nlohmann/json.hpp>

#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

Json ValueJson(const Value& value) {
  Json json;
  ToJson(value, SecretPolicy::kRedact, json);
  return json;
}

Json LocationJson(const SourceLocation& location) {
  return {{"file", location.file}, {"line", location.line}, {"column", location.column}};
}

Json DiffJson(const std::vector<FieldDiff>& diff) {
  Json list = Json::array();
  for (const FieldDiff& field : diff) {
    Json entry = {{"path", field.path},
                  {"before", ValueJson(field.before)},
                  {"after", ValueJson(field.after)}};
    if (field.replaces) entry["replaces"] = true;
    list.push_back(std::move(entry));
  }
  return list;
}

Json PathsWhere(const std::vector<FieldDiff>& diff, bool FieldDiff::* mark) {
  Json paths = Json::array();
  for (const FieldDiff& field : diff) {
    if (field.*mark) paths.push_back(field.path);
  }
  return paths;
}

}  // namespace

Json ChangeJson(const Change& change) {
  Json json = {{"address", change.address},
               {"kind", change.type},
               {"action", ActionName(change.action)},
               {"reasons", Json::array()}};
  for (const Reason& reason : change.reasons) json["reasons"].push_back(PrintReason(reason));
  json["before"] = ValueJson(change.before);
  json["after"] = ValueJson(change.after);
  json["diff"] = DiffJson(change.diff);
  json["pending"] = PathsWhere(change.diff, &FieldDiff::pending);
  json["sensitive"] = PathsWhere(change.diff, &FieldDiff::secret);
  json["depends_on"] = change.depends_on;
  if (change.expected_ns) json["expected_seconds"] = static_cast<double>(*change.expected_ns) / 1e9;
  if (!change.moved_from.empty()) json["moved_from"] = change.moved_from;
  if (change.origin.line > 0) json["origin"] = LocationJson(change.origin);
  return json;
}

Json DriftJson(const Drift& drift) {
  return {{"address", drift.address}, {"gone", drift.gone}, {"diff", DiffJson(drift.diff)}};
}

Json CheckJson(const GraphCheck& check) {
  std::string_view broken = check.warning ? "warning" : "failed";
  std::string_view result = check.failed ? broken : check.pending ? "pending" : "ok";
  Json json = {{"address", check.address}, {"message", check.message}, {"result", result}};
  if (check.origin.line > 0) json["origin"] = LocationJson(check.origin);
  return json;
}

}  // namespace opsc
