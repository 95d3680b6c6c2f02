#include "compiler/driver/kube/objects_text.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/table_text.h"
#include "runtime/base/listing.h"

namespace opsc {
namespace {

constexpr size_t kRows = 20;

bool IsFine(const ObjectHealth& object) {
  return object.health.status == HealthStatus::kHealthy ||
         object.health.status == HealthStatus::kSuspended;
}

Style StyleOf(const ObjectHealth& object) {
  return IsFine(object) ? Style::kGreen : Style::kRed;
}

std::string Counts(std::span<const ObjectHealth> objects) {
  std::map<HealthStatus, int> counts;
  for (const ObjectHealth& object : objects) ++counts[object.health.status];
  std::vector<Tally> named;
  for (const auto& [status, count] : counts) named.push_back({count, HealthName(status)});
  return TallyText(named);
}

}  // namespace

std::string ObjectsText(std::span<const ObjectHealth> objects, bool color) {
  if (objects.empty()) return "";
  std::string text = fmt::format("Cluster objects: {}\n", Counts(objects));
  std::vector<std::vector<std::string>> rows;
  size_t left_out = 0;
  for (const ObjectHealth& object : objects) {
    if (objects.size() > kRows && IsFine(object)) continue;
    if (rows.size() == kRows) {
      ++left_out;
      continue;
    }
    std::string_view status = HealthName(object.health.status);
    rows.push_back({"  " + object.address, Paint(color, StyleOf(object), std::string(status)),
                    object.health.message});
  }
  if (rows.empty()) return text;
  rows.insert(rows.begin(), {"  OBJECT", Paint(color, Style::kDim, "HEALTH"), "MESSAGE"});
  text += TableText(rows);
  return left_out == 0 ? text : text + fmt::format("  and {} more\n", left_out);
}

nlohmann::ordered_json ObjectsJson(std::span<const ObjectHealth> objects) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ObjectHealth& object : objects) {
    json.push_back({{"address", object.address},
                    {"kind", object.kind},
                    {"namespace", object.name_space},
                    {"name", object.name},
                    {"status", HealthName(object.health.status)},
                    {"message", object.health.message}});
  }
  return json;
}

}  // namespace opsc
