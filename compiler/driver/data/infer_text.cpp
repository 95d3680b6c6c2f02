#include "compiler/driver/data/infer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "compiler/driver/data/profile_text.h"
#include "runtime/value/value.h"

namespace opsc {
namespace {

bool IsName(std::string_view text) {
  auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; };
  auto more = [&](char c) { return letter(c) || std::isdigit(static_cast<unsigned char>(c)); };
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, more);
}

// "orders" → "Order".
std::string TypeName(const std::string& dataset) {
  std::string name = dataset;
  if (name.size() > 3 && name.ends_with('s') && !name.ends_with("ss")) name.pop_back();
  std::string out;
  bool upper = true;
  for (char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

std::string ValuesText(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : " | ") + Quote(value);
  return text;
}

// The first column that may be a key, and the first that is a time.
struct Guesses {
  const InferredField* key = nullptr;
  const InferredField* time = nullptr;
};

Guesses GuessRoles(const InferredRows& rows) {
  Guesses out;
  for (const InferredField& field : rows.fields) {
    bool countable =
        field.field.type == ColumnType::kInt || field.field.type == ColumnType::kString;
    if (field.distinct && countable && out.key == nullptr) out.key = &field;
    if (field.field.type == ColumnType::kTime && out.time == nullptr) out.time = &field;
  }
  return out;
}

// As a declaration names it.
std::string NameText(const std::string& name) {
  return IsName(name) ? name : Quote(name);
}

std::string CommentOf(const InferredField& field, const InferredRows& rows,
                      const Guesses& guesses) {
  std::string text;
  auto add = [&](const std::string& more) { text += (text.empty() ? " // " : "; ") + more; };
  if (&field == guesses.key) {
    add(fmt::format("all {} differ: `@key {}` where that is always so", Grouped(rows.rows),
                    NameText(field.field.name)));
  }
  if (&field == guesses.time) add("`@event_time` if it says when it happened");
  if (!field.values.empty()) add("so far " + ValuesText(field.values));
  if (!field.remark.empty()) add(field.remark);
  return text;
}

std::string SourceText(const InferredRows& rows, const std::string& files) {
  const ReadOptions& options = rows.options;
  std::string text = fmt::format("{}({}", FormatName(options.format), Quote(files));
  if (options.format == FileFormat::kCsv) {
    if (options.delimiter != ',') {
      text += fmt::format(", delimiter: {}", Quote(std::string(1, options.delimiter)));
    }
    if (options.nulls.size() > 1) {
      std::string nulls;
      for (const std::string& null : options.nulls) {
        nulls += (nulls.empty() ? "" : ", ") + Quote(null);
      }
      text += fmt::format(", nulls: [{}]", nulls);
    }
  }
  return text + ")";
}

}  // namespace

std::string DatasetName(std::string_view path) {
  path = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  path = path.substr(0, path.find('.'));
  std::string name;
  for (char c : path) {
    bool keeps = std::isalnum(static_cast<unsigned char>(c)) != 0;
    name += keeps ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '_';
  }
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name = "rows_" + name;
  return name;
}

std::string InferredText(const InferredRows& rows, const std::string& name,
                         const std::string& files) {
  Guesses guesses = GuessRoles(rows);
  std::string text =
      fmt::format("edition 2026\n\n/// A row of {}; inferred from {} rows.\ntype {} {{\n",
                  Quote(files), Grouped(rows.rows), TypeName(name));
  for (const InferredField& field : rows.fields) {
    text +=
        fmt::format("  {}: {}{}{}\n", NameText(field.field.name), ColumnTypeName(field.field.type),
                    field.field.nullable ? "?" : "", CommentOf(field, rows, guesses));
  }
  text += fmt::format("}}\n\ndataset {} {{\n  rows: {}\n  source: {}\n", name, TypeName(name),
                      SourceText(rows, files));
  if (rows.options.other_columns == OtherColumns::kIgnore) text += "  other_columns: \"ignore\"\n";
  return text + "}\n";
}

}  // namespace opsc
