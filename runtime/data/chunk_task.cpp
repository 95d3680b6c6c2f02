// A source file → its chunk.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/data/aggregate.h"
#include "runtime/data/chunk_file.h"
#include "runtime/data/natural_name.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> kOthers = {"refuse", "ignore"};
constexpr std::array<std::string_view, 3> kNotFinites = {"refuse", "null", "keep"};

template <typename Enum, size_t N>
Enum EnumFrom(const std::array<std::string_view, N>& names, const std::string& name) {
  auto at = std::ranges::find(names, name);
  return static_cast<Enum>(at == names.end() ? 0 : at - names.begin());
}

// Smallest and largest value and the number of nulls of each column.
class Ranges {
 public:
  explicit Ranges(const RowSchema& schema) {
    for (const RowField& field : schema.fields) {
      low_.emplace_back(AggregateFunction::kMin, field.type);
      high_.emplace_back(AggregateFunction::kMax, field.type);
    }
    nulls_.resize(schema.fields.size());
  }
  void Add(const Batch& batch) {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      low_[i].Add(batch.columns[i]);
      high_[i].Add(batch.columns[i]);
      nulls_[i] += batch.columns[i].NullCount();
    }
  }
  Result<Json> Take(const RowSchema& schema) {
    Json columns = Json::array();
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      Json column = {{"name", schema.fields[i].name}, {"nulls", nulls_[i]}};
      OPS_ASSIGN(Value low, low_[i].Finish());
      OPS_ASSIGN(Value high, high_[i].Finish());
      if (!low.is_null()) {
        column["min"] = Scalar(low);
        column["max"] = Scalar(high);
      }
      columns.push_back(std::move(column));
    }
    return columns;
  }

 private:
  static Json Scalar(const Value& value) {
    if (value.is(ValueKind::kString)) return std::string(value.AsString().substr(0, 64));
    if (value.is(ValueKind::kBool)) return value.AsBool();
    if (value.is(ValueKind::kFloat) || value.is(ValueKind::kRatio)) return value.AsFloat();
    return value.AsInt();
  }
  std::vector<Aggregate> low_;
  std::vector<Aggregate> high_;
  std::vector<uint64_t> nulls_;
};

Json ProblemsJson(const RejectCounts& counts) {
  Json problems = Json::array();
  for (const auto& [what, count] : counts) {
    problems.push_back(
        {{"column", what.first}, {"kind", RejectName(what.second)}, {"count", count}});
  }
  return problems;
}

// What has come of reading so far.
struct ChunkSoFar {
  uint64_t rows_read = 0;
  uint64_t bytes = 0;
  std::vector<std::string> examples;
};

Status ReadOne(const std::string& file, const ChunkSpec& spec, RejectLog& log, ChunkWriter& writer,
               Ranges& ranges, ChunkSoFar& so_far) {
  log.SetFile(file);
  OPS_ASSIGN(auto reader, OpenRows(file, spec.schema, spec.options, log));
  for (;;) {
    OPS_ASSIGN(auto batch, reader->Next());
    if (!batch) break;
    ranges.Add(*batch);
    OPS_TRY(writer.Add(*batch));
  }
  so_far.rows_read += reader->rows_read();
  std::error_code error;
  auto size = std::filesystem::file_size(file, error);
  if (!error) so_far.bytes += size;
  return {};
}

}  // namespace

Json ToJson(const ChunkSpec& spec) {
  const ReadOptions& options = spec.options;
  Json json = {{"file", spec.file}, {"format", FormatName(options.format)}};
  if (options.format == FileFormat::kCsv) {
    json["delimiter"] = std::string(1, options.delimiter);
    json["header"] = options.header;
    json["nulls"] = options.nulls;
  }
  json["other_columns"] = kOthers[static_cast<size_t>(options.other_columns)];
  json["not_finite"] = kNotFinites[static_cast<size_t>(options.not_finite)];
  json["rows"] = ToJson(*spec.schema);
  return json;
}

Result<ChunkSpec> ChunkSpecFromJson(const Json& json) {
  auto format = FormatFromName(json.value("format", ""));
  if (!format || !json.contains("rows")) return Fail(ErrorKind::kInput, "this is no chunk to make");
  ChunkSpec spec;
  spec.file = json.value("file", "");
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json["rows"]));
  spec.schema = std::make_shared<const RowSchema>(std::move(schema));
  ReadOptions& options = spec.options;
  options.format = *format;
  std::string delimiter = json.value("delimiter", ",");
  options.delimiter = delimiter.empty() ? ',' : delimiter[0];
  options.header = json.value("header", true);
  options.nulls = json.value("nulls", options.nulls);
  options.other_columns = EnumFrom<OtherColumns>(kOthers, json.value("other_columns", "refuse"));
  options.not_finite = EnumFrom<NotFinite>(kNotFinites, json.value("not_finite", "refuse"));
  return spec;
}

Result<std::vector<std::string>> DataFilesIn(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  if (error) return Fail(ErrorKind::kEnvironment, "cannot list " + path + ": " + error.message());
  if (files.empty()) return Fail(ErrorKind::kInput, path + " holds no file");
  std::ranges::sort(files, NaturalLess);
  return files;
}

Result<std::string> MakeChunk(const ChunkSpec& spec, const std::string& directory) {
  OPS_ASSIGN(std::vector<std::string> files, DataFilesIn(spec.file));
  RejectLog log(spec.file, JoinPath(directory, kChunkQuarantine));
  OPS_ASSIGN(auto writer, ChunkWriter::Open(JoinPath(directory, kChunkRows), spec.schema));
  Ranges ranges(*spec.schema);
  ChunkSoFar so_far;
  for (const std::string& file : files) {
    OPS_TRY(ReadOne(file, spec, log, *writer, ranges, so_far));
  }
  OPS_TRY(writer->Close());
  OPS_TRY(log.Close());
  Json report = {{"format", "opsc.chunk-report/1"}, {"source", spec.file},
                 {"bytes", so_far.bytes},           {"read", so_far.rows_read},
                 {"rows", writer->rows()},          {"rejected", log.rows()}};
  report["problems"] = ProblemsJson(log.counts());
  report["examples"] = log.example_texts();
  OPS_ASSIGN(report["columns"], ranges.Take(*spec.schema));
  OPS_ASSIGN(auto out, FileWriter::Open(JoinPath(directory, kChunkReport)));
  OPS_TRY(out->Write(report.dump(1) + "\n"));
  OPS_TRY(out->Close());
  std::string text =
      fmt::format("{}: {} row{}", spec.file, writer->rows(), writer->rows() == 1 ? "" : "s");
  if (log.rows() > 0) text += fmt::format(", {} left out", log.rows());
  for (const std::string& example : log.example_texts()) text += "\n  " + example;
  return text + "\n";
}

}  // namespace opsc
