#include "compiler/driver/show/entry_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/diff_text.h"
#include "compiler/driver/show/duration_text.h"
#include "runtime/value/json.h"

namespace opsc {

std::string EntryText(const StateEntry& entry, bool color) {
  std::string text = Paint(color, Style::kBold, entry.type + " " + entry.address) + "\n";
  DiffTextOptions options;
  options.color = color;
  options.indent = 4;
  if (std::string fields = FieldsText(entry.fields, options); !fields.empty()) {
    text += "  fields\n" + fields;
  }
  if (std::string outs = FieldsText(entry.outs, options); !outs.empty()) text += "  outs\n" + outs;
  if (!entry.depends_on.empty()) {
    text += fmt::format("  needs\n    {}\n", fmt::join(entry.depends_on, "\n    "));
  }
  if (entry.duration_ns > 0) {
    text +=
        fmt::format("  took {}\n", RoundedDuration(std::chrono::nanoseconds(entry.duration_ns)));
  }
  if (entry.protect) text += "  protected\n";
  if (entry.tainted) text += "  tainted: an effect may be half done; the next apply replaces it\n";
  return text;
}

nlohmann::ordered_json EntryJson(const StateEntry& entry) {
  nlohmann::ordered_json json = {{"address", entry.address}, {"type", entry.type}};
  ToJson(entry.fields, SecretPolicy::kRedact, json["fields"]);
  ToJson(entry.outs, SecretPolicy::kRedact, json["outs"]);
  json["depends_on"] = entry.depends_on;
  json["protect"] = entry.protect;
  json["tainted"] = entry.tainted;
  json["serial"] = entry.serial;
  return json;
}

}  // namespace opsc
