// Chunks → the manifest of a dataset.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/env.h"
#include "runtime/data/chunk_file.h"
#include "runtime/data/expect.h"
#include "runtime/data/key_set.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kShown = 10;

// One chunk's report and place.
struct Part {
  SnapshotChunk chunk;
  Json report;
};

Result<Json> ReadJson(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kEnvironment, "cannot read " + path);
  Json json = Json::parse(std::string{std::istreambuf_iterator<char>(file), {}}, nullptr, false);
  if (!json.is_object()) return Fail(ErrorKind::kCorrupt, path + " is damaged: it is no JSON");
  return json;
}

Result<std::vector<Part>> ReadParts(const SnapshotSpec& spec) {
  std::vector<Part> parts;
  for (const auto& [source, directory] : spec.chunks) {
    Part part;
    OPS_ASSIGN(part.report, ReadJson(JoinPath(directory, kChunkReport)));
    part.chunk.source = source;
    part.chunk.path = JoinPath(directory, kChunkRows);
    part.chunk.rows = part.report.value("rows", uint64_t{0});
    part.chunk.bytes = part.report.value("bytes", uint64_t{0});
    parts.push_back(std::move(part));
  }
  return parts;
}

// Whether two chunks may share a key: false where some part of it has ranges that do not meet.
bool MayShare(const Part& a, const Part& b, std::span<const size_t> identity) {
  if (a.chunk.rows == 0 || b.chunk.rows == 0) return false;
  return std::ranges::all_of(identity, [&](size_t field) {
    const Json& left = a.report["columns"][field];
    const Json& right = b.report["columns"][field];
    bool known = left.contains("min") && right.contains("min") && left["min"].is_number() &&
                 left["nulls"] == 0 && right["nulls"] == 0;
    return !known || (left["min"] <= right["max"] && right["min"] <= left["max"]);
  });
}

// Chunks that may share a key with another one.
std::vector<bool> FindOverlaps(const std::vector<Part>& parts, std::span<const size_t> identity) {
  std::vector<bool> overlaps(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if ((overlaps[i] && overlaps[j]) || !MayShare(parts[i], parts[j], identity)) continue;
      overlaps[i] = overlaps[j] = true;
    }
  }
  return overlaps;
}

Status DropRepeated(const ChunkFile& file, const SchemaPtr& keys, std::span<const size_t> columns,
                    KeySet& seen, SnapshotChunk& chunk) {
  std::vector<size_t> fields(columns.size());
  for (size_t i = 0; i < fields.size(); ++i) fields[i] = i;
  uint64_t row = 0;
  for (size_t i = 0; i < file.batch_count(); ++i) {
    OPS_ASSIGN(Batch batch, file.Read(i, columns, keys));
    for (size_t at = 0; at < batch.rows; ++at, ++row) {
      if (!seen.Insert(KeyOf(batch.columns, fields, at))) chunk.dropped.push_back(row);
    }
  }
  chunk.rows -= chunk.dropped.size();
  return {};
}

// Of rows with the same key the one in the first file stays.
Status DropDuplicates(const RowSchema& schema, std::vector<Part>& parts) {
  std::vector<size_t> identity = IdentityOf(schema);
  if (identity.empty()) return {};
  std::vector<bool> overlaps = FindOverlaps(parts, identity);
  auto keys = std::make_shared<RowSchema>();
  for (size_t field : identity) keys->fields.push_back(schema.fields[field]);
  KeySet seen;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!overlaps[i]) continue;
    OPS_ASSIGN(auto file, ChunkFile::Open(parts[i].chunk.path));
    OPS_TRY(DropRepeated(*file, keys, identity, seen, parts[i].chunk));
  }
  return {};
}

// All that was refused, by column and kind, and the first examples.
struct Refused {
  uint64_t read = 0;
  uint64_t rows = 0;
  std::map<std::pair<std::string, std::string>, uint64_t> counts;
  std::vector<std::string> examples;
};

Refused Gather(const std::vector<Part>& parts) {
  Refused out;
  for (const Part& part : parts) {
    out.read += part.report.value("read", uint64_t{0});
    out.rows += part.report.value("rejected", uint64_t{0}) + part.chunk.dropped.size();
    for (const Json& problem : part.report.value("problems", Json::array())) {
      out.counts[{problem.value("column", ""), problem.value("kind", "")}] +=
          problem.value("count", uint64_t{0});
    }
    if (!part.chunk.dropped.empty()) {
      out.counts[{"", "duplicate"}] += part.chunk.dropped.size();
      out.examples.push_back(
          fmt::format("{}, row {} of those that fit: an earlier file has a row with the same key",
                      part.chunk.source, part.chunk.dropped.front() + 1));
    }
    for (const Json& example : part.report.value("examples", Json::array())) {
      out.examples.push_back(example.get<std::string>());
    }
  }
  return out;
}

std::string RefusedText(const Refused& refused) {
  std::string text;
  for (const auto& [what, count] : refused.counts) {
    text += fmt::format("  {:>10} {}{}\n", count, what.second,
                        what.first.empty() ? "" : " in `" + what.first + "`");
  }
  for (size_t i = 0; i < std::min(refused.examples.size(), kShown); ++i) {
    text += "  " + refused.examples[i] + "\n";
  }
  return text;
}

Status CheckLimit(const SnapshotSpec& spec, const Refused& refused) {
  double allowed = std::max(static_cast<double>(spec.limit.rows),
                            spec.limit.ratio * static_cast<double>(refused.read));
  if (static_cast<double>(refused.rows) <= allowed) return {};
  return Fail(ErrorKind::kDenied,
              fmt::format("{} of {} rows of `{}` do not fit, and `limit` allows {:.0f}:\n{}",
                          refused.rows, refused.read, spec.dataset, allowed, RefusedText(refused)),
              fmt::format("each refused row stands with its reasons in {} beside the rows of its "
                          "file, below .ops/out/; mend the source, the type, or set `limit`",
                          kChunkQuarantine));
}

Json ManifestJson(const SnapshotSpec& spec, const Snapshot& snapshot) {
  Json json = {{"format", "opsc.dataset/1"},
               {"dataset", spec.dataset},
               {"rows", snapshot.rows},
               {"rejected", snapshot.rejected},
               {"schema", ToJson(*spec.schema)}};
  json["chunks"] = Json::array();
  for (const SnapshotChunk& chunk : snapshot.chunks) {
    Json item = {{"source", chunk.source},
                 {"path", chunk.path},
                 {"rows", chunk.rows},
                 {"bytes", chunk.bytes}};
    if (!chunk.dropped.empty()) item["dropped"] = chunk.dropped;
    json["chunks"].push_back(std::move(item));
  }
  return json;
}

Json DroppedJson(const Snapshot& snapshot) {
  Json json = Json::object();
  for (const SnapshotChunk& chunk : snapshot.chunks) {
    if (!chunk.dropped.empty()) json[chunk.path] = chunk.dropped;
  }
  return json;
}

Status WriteJson(const Json& json, const std::string& path) {
  OPS_ASSIGN(auto out, FileWriter::Open(path));
  OPS_TRY(out->Write(json.dump(1) + "\n"));
  return out->Close();
}

Json ExpectJson(const std::vector<Expectation>& expectations) {
  Json json = Json::array();
  for (const Expectation& each : expectations) {
    json.push_back({{"name", each.name}, {"text", ExpectationText(each)}});
  }
  return json;
}

Result<std::vector<Expectation>> DecideRules(const SnapshotSpec& spec, const Snapshot& snapshot,
                                             KernelLoader* kernels) {
  std::vector<Expectation> out;
  std::string broken;
  for (const auto& [name, rule] : spec.expect) {
    if (kernels == nullptr) return Fail(ErrorKind::kEnvironment, "rules cannot be decided here");
    OPS_ASSIGN(Expectation decided, DecideRule(name, rule, snapshot, ".", *kernels));
    if (!decided.holds) broken += "  " + ExpectationText(decided) + "\n";
    out.push_back(std::move(decided));
  }
  if (broken.empty()) return out;
  return Fail(ErrorKind::kDenied,
              fmt::format("`{}` is not what it is expected to be ({} rows):\n{}", spec.dataset,
                          snapshot.rows, broken),
              "what was made of it before stands; mend the source, or the rule in `expect`");
}

}  // namespace

Json ToJson(const SnapshotSpec& spec) {
  Json json = {{"dataset", spec.dataset},
               {"limit", {{"rows", spec.limit.rows}, {"ratio", spec.limit.ratio}}},
               {"rows", ToJson(*spec.schema)}};
  for (const auto& [name, rule] : spec.expect) json["expect"][name] = rule;
  json["chunks"] = Json::array();
  for (const auto& [source, directory] : spec.chunks) json["chunks"].push_back({source, directory});
  return json;
}

Result<SnapshotSpec> SnapshotSpecFromJson(const Json& json) {
  if (!json.contains("rows") || !json.contains("chunks")) {
    return Fail(ErrorKind::kInput, "this is no snapshot to make");
  }
  SnapshotSpec spec;
  spec.dataset = json.value("dataset", "");
  OPS_ASSIGN(RowSchema schema, SchemaFromJson(json["rows"]));
  spec.schema = std::make_shared<const RowSchema>(std::move(schema));
  const Json limit = json.value("limit", Json::object());
  spec.limit = {limit.value("rows", uint64_t{0}), limit.value("ratio", 0.0)};
  const Json expect = json.value("expect", Json::object());
  for (const auto& [name, rule] : expect.items()) {
    spec.expect.emplace_back(name, rule.get<std::string>());
  }
  for (const Json& item : json["chunks"]) {
    spec.chunks.emplace_back(item.at(0).get<std::string>(), item.at(1).get<std::string>());
  }
  return spec;
}

Result<std::string> MakeSnapshot(const SnapshotSpec& spec, KernelLoader* kernels,
                                 const std::string& directory) {
  if (spec.chunks.empty()) {
    return Fail(
        ErrorKind::kInput,
        fmt::format("`{}` has nothing to read: no source, or no file that fits it", spec.dataset),
        "say where its rows come from: source: csv(\"data/*.csv\")");
  }
  OPS_ASSIGN(std::vector<Part> parts, ReadParts(spec));
  OPS_TRY(DropDuplicates(*spec.schema, parts));
  Refused refused = Gather(parts);
  OPS_TRY(CheckLimit(spec, refused));
  Snapshot snapshot;
  snapshot.dataset = spec.dataset;
  snapshot.schema = spec.schema;
  snapshot.rejected = refused.rows;
  for (Part& part : parts) {
    snapshot.rows += part.chunk.rows;
    snapshot.chunks.push_back(std::move(part.chunk));
  }
  OPS_ASSIGN(auto expectations, DecideRules(spec, snapshot, kernels));
  Json json = ManifestJson(spec, snapshot);
  if (!expectations.empty()) json["expect"] = ExpectJson(expectations);
  OPS_TRY(WriteJson(json, JoinPath(directory, kSnapshotFile)));
  OPS_TRY(WriteJson(DroppedJson(snapshot), JoinPath(directory, kDroppedFile)));
  std::string text = fmt::format("{}: {} rows in {} file{}\n", spec.dataset, snapshot.rows,
                                 snapshot.chunks.size(), snapshot.chunks.size() == 1 ? "" : "s");
  if (refused.rows > 0) {
    text += fmt::format("{} do not fit and are left out:\n{}", refused.rows, RefusedText(refused));
  }
  for (const Expectation& each : expectations) text += "  " + ExpectationText(each) + "\n";
  return text;
}

}  // namespace opsc
