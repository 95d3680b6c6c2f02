#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/serve/request.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

// Shortest decimals that read back as the same float.
void AppendNumbers(std::string& out, const std::vector<float>& numbers) {
  out += '[';
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += ',';
    std::isfinite(numbers[i]) ? fmt::format_to(std::back_inserter(out), "{}", numbers[i])
                              : fmt::format_to(std::back_inserter(out), "null");
  }
  out += ']';
}

std::string Quoted(std::string_view text) {
  return Json(text).dump();
}

std::string_view DatatypeOf(ColumnType type) {
  switch (type) {
    case ColumnType::kBool:
      return "BOOL";
    case ColumnType::kInt:
    case ColumnType::kSize:
      return "INT64";
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      return "FP64";
    default:
      return "BYTES";
  }
}

}  // namespace

std::string TypedAnswer(std::string_view model, std::string_view version,
                        const std::vector<float>& predictions) {
  std::string out =
      fmt::format(R"({{"model":{},"version":{},"predictions":)", Quoted(model), Quoted(version));
  AppendNumbers(out, predictions);
  return out + "}\n";
}

std::string OipAnswer(std::string_view model, std::string_view version, std::string_view id,
                      const std::vector<float>& predictions) {
  std::string out =
      fmt::format(R"({{"model_name":{},"model_version":{})", Quoted(model), Quoted(version));
  if (!id.empty()) out += fmt::format(R"(,"id":{})", Quoted(id));
  out += fmt::format(R"(,"outputs":[{{"name":"prediction","shape":[{}],"datatype":"FP32","data":)",
                     predictions.size());
  AppendNumbers(out, predictions);
  return out + "}]}\n";
}

std::string ErrorAnswer(const RequestError& error) {
  Json json;
  json["error"] = error.error;
  for (const auto& field : error.fields) {
    json["fields"].push_back(
        {{"row", field.row}, {"field", field.field}, {"message", field.message}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string OipMetadata(std::string_view model, const std::vector<std::string>& versions,
                        const RowSchema& input) {
  Json json;
  json["name"] = model;
  json["versions"] = versions;
  json["platform"] = "opsc";
  json["inputs"] = Json::array();
  for (const RowField& field : input.fields) {
    json["inputs"].push_back(
        {{"name", field.name}, {"datatype", DatatypeOf(field.type)}, {"shape", {-1}}});
  }
  json["outputs"] = {{{"name", "prediction"}, {"datatype", "FP32"}, {"shape", {-1}}}};
  return json.dump() + "\n";
}

}  // namespace opsc
