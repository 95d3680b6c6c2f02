#include "compiler/driver/show/object_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/show/table_text.h"
#include "runtime/base/listing.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kFieldsShown = 4;

std::string NameText(const ObjectName& name) {
  std::string space = name.name_space.empty() ? "" : name.name_space + "/";
  return fmt::format("{} `{}{}`", name.kind, space, name.name);
}

Json NameJson(const ObjectName& name) {
  return {{"apiVersion", name.api_version},
          {"kind", name.kind},
          {"namespace", name.name_space},
          {"name", name.name}};
}

}  // namespace

std::string ObjectIsText(const ObjectFacts& facts) {
  const ObjectName& name = facts.kept.name;
  std::string where = facts.history ? " in " + facts.history->server : "";
  std::string text;
  for (size_t i = 0; i < facts.kept.below.size(); ++i) {
    const auto& below = facts.kept.below;
    const ObjectName& owner = i + 1 < below.size() ? below[i + 1] : name;
    text += fmt::format("  {} belongs to {}\n", NameText(below[i]), NameText(owner));
  }
  text += fmt::format("  is {}{}\n", NameText(name), where);
  if (!facts.history) text += fmt::format("  not asked: {}\n", facts.history.error().message);
  if (facts.history && !facts.history->exists) text += "  not there any more\n";
  return text;
}

std::string WritersText(const ObjectFacts& facts, Time now) {
  if (!facts.history || facts.history->writers.empty()) return "";
  std::string text = "  written by\n";
  for (const ObjectWriter& writer : facts.history->writers) {
    if (writer.subresource == "status") continue;
    std::string when = writer.time ? AgoText(*writer.time, now) + ", " : "";
    std::string part = writer.subresource.empty() ? "" : " (" + writer.subresource + ")";
    text += fmt::format("    {}{}: {}{}\n", writer.manager, part, when,
                        Listing(writer.fields, kFieldsShown));
  }
  return text;
}

Json ObjectJson(const ObjectFacts& facts) {
  Json json = NameJson(facts.kept.name);
  json["below"] = Json::array();
  for (const ObjectName& name : facts.kept.below) json["below"].push_back(NameJson(name));
  if (!facts.history) {
    json["error"] = facts.history.error().message;
    return json;
  }
  json["server"] = facts.history->server;
  json["exists"] = facts.history->exists;
  json["writers"] = Json::array();
  for (const ObjectWriter& writer : facts.history->writers) {
    Json one = {{"manager", writer.manager}, {"operation", writer.operation}};
    if (!writer.subresource.empty()) one["subresource"] = writer.subresource;
    if (writer.time) one["time"] = FormatTime(*writer.time);
    one["fields"] = writer.fields;
    json["writers"].push_back(std::move(one));
  }
  return json;
}

}  // namespace opsc
