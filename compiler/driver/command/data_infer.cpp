#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/data/infer_text.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/syntax/format.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"--name", "NAME", "of the dataset (default: of the file)"},
};

bool SameColumns(const InferredRows& a, const InferredRows& b) {
  return std::ranges::equal(a.fields, b.fields, [](const auto& left, const auto& right) {
    return left.field.name == right.field.name;
  });
}

// What reads both: a type that holds the values of either.
void Widen(InferredRows& into, const InferredRows& from) {
  for (size_t i = 0; i < into.fields.size(); ++i) {
    RowField& field = into.fields[i].field;
    const RowField& other = from.fields[i].field;
    field.nullable = field.nullable || other.nullable;
    into.fields[i].distinct = false;  // over files nobody has looked
    into.fields[i].values.clear();
    if (field.type == other.type) continue;
    bool numbers = (field.type == ColumnType::kInt && other.type == ColumnType::kFloat) ||
                   (field.type == ColumnType::kFloat && other.type == ColumnType::kInt);
    field.type = numbers ? ColumnType::kFloat : ColumnType::kString;
  }
  for (const std::string& null : from.options.nulls) {
    auto& nulls = into.options.nulls;
    if (std::ranges::find(nulls, null) == nulls.end()) nulls.push_back(null);
  }
  into.rows += from.rows;
}

// "data/1.csv data/2.csv" → "data/*.csv"; one file: itself.
std::string FilesText(const std::vector<std::string>& paths) {
  if (paths.size() == 1) return paths.front();
  std::string directory(DirName(paths.front()));
  std::string_view name = BaseName(paths.front());
  std::string pattern = fmt::format("*{}", name.substr(name.rfind('.')));
  return directory == "." ? pattern : directory + "/" + pattern;
}

nlohmann::ordered_json JsonOf(const InferredRows& rows, const std::string& name,
                              const std::string& files) {
  nlohmann::ordered_json json = {{"dataset", name}, {"files", files}, {"rows", rows.rows}};
  json["nulls"] = rows.options.nulls;
  json["fields"] = nlohmann::ordered_json::array();
  for (const InferredField& found : rows.fields) {
    nlohmann::ordered_json field = {{"name", found.field.name},
                                    {"type", ColumnTypeName(found.field.type)},
                                    {"nullable", found.field.nullable},
                                    {"distinct", found.distinct},
                                    {"values", found.values}};
    if (!found.remark.empty()) field["remark"] = found.remark;
    json["fields"].push_back(std::move(field));
  }
  return json;
}

Result<std::string> Formatted(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  FileId file = sources.Add("inferred.ops", text);
  return Format(sources, file, diagnostics);
}

Result<int> Run(CliSession& session, const Args& args) {
  const std::vector<std::string>& paths = args.positional;
  OPS_ASSIGN(InferredRows rows, InferRows(paths.front()));
  for (size_t i = 1; i < paths.size(); ++i) {
    OPS_ASSIGN(InferredRows more, InferRows(paths[i]));
    if (!SameColumns(rows, more)) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{} has other columns than {}", paths[i], paths.front()),
                  "infer them apart: they are two datasets");
    }
    Widen(rows, more);
  }
  std::string files = FilesText(paths);
  std::string name = args.ValueOr(
      "name", DatasetName(paths.size() == 1 ? paths.front() : std::string(DirName(files))));
  if (session.json) {
    WriteOut(JsonText(JsonOf(rows, name, files), 2) + "\n");
    return kExitOk;
  }
  OPS_ASSIGN(std::string text, Formatted(InferredText(rows, name, files)));
  WriteOut(text);
  return kExitOk;
}

}  // namespace

extern const Command kDataInferCommand = {
    .name = "data infer",
    .summary = "a row type and a dataset for files, from what stands in them",
    .example = "opsc data infer data/orders/*.csv > orders.ops",
    .run = Run,
    .positional = {"FILE", 1, kAnyNumber, Completes::kFiles},
    .options = kOptions,
    .groups = kJsonGroup,
    .details = "Reads all rows. What it guesses (keys, times, sets of values) stands as comments."};

}  // namespace opsc
