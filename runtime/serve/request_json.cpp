#include "runtime/serve/request_json.h"

#include <fmt/format.h>

#include <set>
#include <vector>

namespace opsc {
namespace {

using Json = nlohmann::json;
using Event = Json::parse_event_t;

size_t NamesIn(const Json& json) {
  size_t names = json.is_object() ? json.size() : 0;
  if (!json.is_structured()) return names;
  for (const Json& item : json) {
    if (item.is_structured()) names += NamesIn(item);
  }
  return names;
}

// The first name that stands twice in one object.
std::string TwiceIn(std::string_view body) {
  std::vector<std::set<std::string>> names;
  std::string twice;
  [[maybe_unused]] const Json json = Json::parse(body, [&](int, Event event, Json& parsed) {
    if (event == Event::object_start) names.emplace_back();
    if (event == Event::object_end) names.pop_back();
    if (event == Event::key && !names.back().insert(parsed.get<std::string>()).second) {
      if (twice.empty()) twice = parsed.get<std::string>();
    }
    return true;
  });
  return twice;
}

// "number overflow parsing '1e999'", without the library's mark.
std::string WhyNone(std::string_view body) {
  try {
    [[maybe_unused]] const Json json = Json::parse(body);
  } catch (const Json::exception& e) {
    const std::string_view what = e.what();
    const size_t mark = what.find("] ");
    return std::string(mark == std::string_view::npos ? what : what.substr(mark + 2));
  }
  return "";
}

}  // namespace

std::expected<Json, std::string> ParseBody(std::string_view body) {
  size_t names = 0;
  Json json = Json::parse(
      body,
      [&names](int, Event event, Json&) {
        if (event == Event::key) ++names;
        return true;
      },
      /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return std::unexpected(fmt::format("the body is no JSON object: {}", WhyNone(body)));
  }
  if (NamesIn(json) != names) {
    return std::unexpected(fmt::format("`{}` stands twice in one object", TwiceIn(body)));
  }
  return json;
}

}  // namespace opsc
