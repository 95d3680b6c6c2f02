// Files of rows for tests.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "runtime/data/read.h"

namespace opsc::testing {

// A directory that is removed with its owner.
class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/opsc-data-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void Write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}
inline std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "id:int@key at:time@event_time@known_at name:string?" → a schema.
inline SchemaPtr SchemaOf(std::string_view text) {
  auto schema = std::make_shared<RowSchema>();
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    RowField field;
    std::string_view roles = word.substr(std::min(word.find('@'), word.size()));
    word.remove_suffix(roles.size());
    field.roles.key = roles.find("@key") != std::string_view::npos;
    field.roles.event_time = roles.find("@event_time") != std::string_view::npos;
    field.roles.known_at = roles.find("@known_at") != std::string_view::npos;
    field.roles.label = roles.find("@label") != std::string_view::npos;
    size_t colon = word.find(':');
    field.name = word.substr(0, colon);
    std::string_view type = word.substr(colon + 1);
    field.nullable = type.ends_with('?');
    if (field.nullable) type.remove_suffix(1);
    field.type = *ColumnTypeFromName(type);
    schema->fields.push_back(std::move(field));
  }
  return schema;
}

// What came of reading a file: the rows as text, what was refused as text, or why it could not be.
struct ReadOutcome {
  std::vector<std::string> rows;
  std::vector<std::string> refused;
  std::string error;
  std::string quarantine;
  uint64_t rows_read = 0;
};

inline ReadOutcome ReadAll(const std::string& path, SchemaPtr schema, const ReadOptions& options) {
  ReadOutcome out;
  std::string quarantine = path + ".quarantine";
  std::string name(path.substr(path.rfind('/') + 1));
  RejectLog log(name, quarantine);
  auto reader = OpenRows(path, std::move(schema), options, log);
  if (!reader) {
    out.error = reader.error().message;
    return out;
  }
  for (;;) {
    auto batch = (*reader)->Next();
    if (!batch) {
      out.error = batch.error().message;
      break;
    }
    if (!*batch) break;
    for (size_t row = 0; row < (*batch)->rows; ++row) {
      out.rows.push_back(ToText(RowAt(**batch, row)));
    }
  }
  EXPECT_TRUE(log.Close().has_value());
  out.refused = log.example_texts();
  out.quarantine = Read(quarantine);
  out.rows_read = (*reader)->rows_read();
  return out;
}

}  // namespace opsc::testing
