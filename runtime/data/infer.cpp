#include "runtime/data/infer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "runtime/data/arrow_column.h"
#include "runtime/data/arrow_library.h"
#include "runtime/data/cell.h"
#include "runtime/data/csv_records.h"
#include "runtime/data/field_rule.h"
#include "runtime/data/key_set.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

constexpr size_t kFewValues = 12;
constexpr std::array<std::string_view, 8> kNullWords = {"NA",   "N/A",  "NaN",  "nan",
                                                        "null", "NULL", "None", "-"};
// In the order in which they are tried.
constexpr std::array<ColumnType, 6> kCandidates = {ColumnType::kBool,     ColumnType::kInt,
                                                   ColumnType::kFloat,    ColumnType::kTime,
                                                   ColumnType::kDuration, ColumnType::kRatio};

bool Fits(ColumnType type, std::string_view text) {
  switch (type) {
    case ColumnType::kBool:
      return text != "1" && text != "0" && ReadBool(text).has_value();
    case ColumnType::kInt:
      return ReadInt(text).has_value();
    case ColumnType::kFloat:
      return ReadFloat(text).has_value();
    case ColumnType::kTime:
      return ReadTime(text).has_value();
    case ColumnType::kDuration:
      return ReadDuration(text).has_value();
    case ColumnType::kRatio:
      return text.ends_with('%') && ReadRatio(text).has_value();
    default:
      return true;
  }
}

// One column while its cells pass by.
struct Guess {
  std::string name;
  unsigned possible = (1u << kCandidates.size()) - 1;
  std::string last_fits;  // the type that held longest, and what ended it
  std::string ended_by;
  uint64_t values = 0;
  uint64_t empties = 0;
  uint64_t null_words = 0;
  std::set<std::string, std::less<>> words;  // null words that were seen
  std::set<std::string, std::less<>> few;    // distinct texts, while they are few
  std::set<std::string, std::less<>> all;    // to see whether all differ
  bool repeats = false;

  void Add(std::string_view text) {
    if (std::ranges::find(kNullWords, text) != kNullWords.end()) {
      ++null_words;
      words.emplace(text);
      return;
    }
    ++values;
    for (size_t i = 0; i < kCandidates.size(); ++i) {
      if ((possible >> i & 1) == 0 || Fits(kCandidates[i], text)) continue;
      possible &= ~(1u << i);
      if (possible == 0) {
        last_fits = ColumnTypeName(kCandidates[i]);
        ended_by = QuotedCell(text);
      }
    }
    if (few.size() <= kFewValues) few.emplace(text);
    if (!repeats) repeats = !all.emplace(text).second;
    if (repeats) all.clear();
  }

  bool is_text() const { return possible == 0 || values == 0; }

  InferredField Take() const {
    InferredField out;
    out.field.name = name;
    out.field.type = ColumnType::kString;
    for (size_t i = kCandidates.size(); i-- > 0;) {
      if (!is_text() && (possible >> i & 1) != 0) out.field.type = kCandidates[i];
    }
    bool text = out.field.type == ColumnType::kString;
    out.field.nullable = empties > 0 || (!text && null_words > 0);
    out.distinct = !repeats && !out.field.nullable && values > 1;
    if (text && few.size() <= kFewValues && repeats) out.values.assign(few.begin(), few.end());
    if (text && values > 20 && ended_by.size() > 0 && few.size() > kFewValues &&
        last_fits != "float" && last_fits != "ratio" && last_fits != "bool") {
      out.remark = fmt::format("{} is no {}", ended_by, last_fits);
    }
    return out;
  }
};

char GuessDelimiter(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::getline(file, line);
  char best = ',';
  long most = 0;
  for (char c : {',', ';', '\t', '|'}) {
    long count = std::count(line.begin(), line.end(), c);
    if (count > most) {
      most = count;
      best = c;
    }
  }
  return best;
}

void TakeGuesses(const std::vector<Guess>& guesses, InferredRows& out) {
  std::set<std::string> nulls = {""};
  for (const Guess& guess : guesses) {
    out.fields.push_back(guess.Take());
    if (guess.is_text()) continue;
    nulls.insert(guess.words.begin(), guess.words.end());
  }
  // What spells null in one column is a text in another: then it would be lost there.
  for (const Guess& guess : guesses) {
    if (!guess.is_text()) continue;
    for (const std::string& word : guess.words) {
      if (nulls.contains(word)) out.fields[&guess - guesses.data()].field.nullable = true;
    }
  }
  out.options.nulls.assign(nulls.begin(), nulls.end());
}

Result<InferredRows> InferCsv(const std::string& path) {
  InferredRows out;
  out.options.delimiter = GuessDelimiter(path);
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno("cannot read " + path, errno);
  CsvRecords records(fd, path, out.options.delimiter);
  std::vector<CsvCell> cells;
  std::string scratch;
  OPS_ASSIGN(auto got, records.Next(cells));
  if (got != CsvRecords::Got::kRecord) {
    return Fail(ErrorKind::kInput, path + " has no line that names its columns");
  }
  std::vector<Guess> guesses(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) guesses[i].name = CsvText(cells[i], scratch);
  for (;;) {
    OPS_ASSIGN(got, records.Next(cells));
    if (got == CsvRecords::Got::kEnd) break;
    if (got == CsvRecords::Got::kBroken || cells.size() != guesses.size()) continue;
    ++out.rows;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].size == 0 && !cells[i].quoted) {
        ++guesses[i].empties;
      } else {
        guesses[i].Add(CsvText(cells[i], scratch));
      }
    }
  }
  TakeGuesses(guesses, out);
  return out;
}

// A JSON value as the text whose type is guessed; strings keep their quotes' meaning by
// `text_only`.
void AddJson(const Json& value, Guess& guess) {
  if (value.is_null()) {
    ++guess.empties;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    // Only what a string may stand for: times and durations.
    for (size_t i = 0; i < kCandidates.size(); ++i) {
      bool may = kCandidates[i] == ColumnType::kTime || kCandidates[i] == ColumnType::kDuration;
      if (!may) guess.possible &= ~(1u << i);
    }
    guess.Add(text);
  } else {
    guess.Add(value.dump());
  }
}

Result<InferredRows> InferJsonLines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return FailErrno("cannot read " + path, errno);
  InferredRows out;
  std::vector<Guess> guesses;
  std::map<std::string, size_t, std::less<>> by_name;
  std::string line;
  while (std::getline(file, line)) {
    Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    ++out.rows;
    for (const auto& [name, value] : json.items()) {
      auto [at, is_new] = by_name.try_emplace(name, guesses.size());
      if (is_new) {
        guesses.emplace_back().name = name;
        guesses.back().empties = out.rows - 1;
      }
      AddJson(value, guesses[at->second]);
    }
    for (Guess& guess : guesses) {
      if (guess.values + guess.empties + guess.null_words < out.rows) ++guess.empties;
    }
  }
  if (guesses.empty()) return Fail(ErrorKind::kInput, path + " holds no JSON object a line");
  TakeGuesses(guesses, out);
  return out;
}

Result<InferredRows> InferParquet(const std::string& path) {
  OPS_ASSIGN(const OpscArrowPlugin* plugin, ArrowPlugin());
  std::array<char, 1024> error{};
  ArrowStream stream;
  if (plugin->open(path.c_str(), kMaxBatchRows, stream.get(), error.data(), error.size()) != 0) {
    return Fail(ErrorKind::kInput, fmt::format("{} cannot be read: {}", path, error.data()));
  }
  ArrowSchema schema{};
  if (stream.get()->get_schema(stream.get(), &schema) != 0) {
    return Fail(ErrorKind::kInput, path + " has no schema");
  }
  InferredRows out;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& column = *schema.children[i];
    auto type = BestColumnType(column);
    if (!type) continue;
    InferredField& field = out.fields.emplace_back();
    field.field.name = column.name;
    field.field.type = *type;
    field.field.nullable = true;
  }
  bool left_out = std::cmp_less(out.fields.size(), schema.n_children);
  if (left_out) out.options.other_columns = OtherColumns::kIgnore;
  if (schema.release != nullptr) schema.release(&schema);
  return out;
}

// What only a reading with types tells: nulls of Parquet, keys of all formats.
Status LookAtRows(const std::string& path, InferredRows& out) {
  std::vector<uint64_t> nulls(out.fields.size());
  RejectLog log(path, "");
  OPS_ASSIGN(auto reader, OpenRows(path, SchemaOf(out), out.options, log));
  out.rows = 0;
  std::vector<KeySet> seen(out.fields.size());
  std::vector<bool> repeats(out.fields.size());
  for (;;) {
    OPS_ASSIGN(auto batch, reader->Next());
    if (!batch) break;
    out.rows += batch->rows;
    for (size_t i = 0; i < nulls.size(); ++i) {
      nulls[i] += batch->columns[i].NullCount();
      for (size_t row = 0; row < batch->rows && !repeats[i]; ++row) {
        repeats[i] = !seen[i].Insert(KeyOf(batch->columns, {&i, 1}, row));
      }
    }
  }
  for (size_t i = 0; i < nulls.size(); ++i) {
    out.fields[i].field.nullable = nulls[i] > 0;
    out.fields[i].distinct = !repeats[i] && nulls[i] == 0 && out.rows > 1;
  }
  return {};
}

}  // namespace

Result<FileFormat> FormatOfFile(const std::string& path) {
  constexpr std::pair<std::string_view, FileFormat> kEnds[] = {
      {".csv", FileFormat::kCsv},          {".tsv", FileFormat::kCsv},
      {".txt", FileFormat::kCsv},          {".jsonl", FileFormat::kJsonLines},
      {".ndjson", FileFormat::kJsonLines}, {".parquet", FileFormat::kParquet}};
  for (const auto& [end, format] : kEnds) {
    if (path.ends_with(end)) return format;
  }
  return Fail(ErrorKind::kInput,
              fmt::format("what format `{}` has cannot be told by its name", path),
              "names end in .csv, .tsv, .jsonl, .ndjson or .parquet");
}

SchemaPtr SchemaOf(const InferredRows& rows) {
  auto schema = std::make_shared<RowSchema>();
  for (const InferredField& field : rows.fields) schema->fields.push_back(field.field);
  return schema;
}

Result<InferredRows> InferRows(const std::string& path) {
  OPS_ASSIGN(FileFormat format, FormatOfFile(path));
  auto infer = format == FileFormat::kCsv         ? InferCsv
               : format == FileFormat::kJsonLines ? InferJsonLines
                                                  : InferParquet;
  OPS_ASSIGN(InferredRows rows, infer(path));
  rows.options.format = format;
  if (format == FileFormat::kParquet) OPS_TRY(LookAtRows(path, rows));
  return rows;
}

}  // namespace opsc
