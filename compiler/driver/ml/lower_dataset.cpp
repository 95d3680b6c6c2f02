// `dataset` → a task a source file, and one for the manifest.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "compiler/driver/ml/lower.h"
#include "compiler/driver/show/size_text.h"
#include "runtime/data/snapshot.h"
#include "runtime/exec/task_command.h"
#include "runtime/graph/address.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr std::string_view kOwn = "snapshot/2";
constexpr std::string_view kCommand = "__snapshot";

using Json = nlohmann::ordered_json;

// One file of the source, or what will be one.
struct DataFile {
  std::string key;   // in the address of its chunk
  Value file;        // kFile, or pending
  std::string path;  // relative to the project root; empty: not known yet
  bool of_project = false;
};

// The files of one task are told apart by their place among them.
class DataFiles {
 public:
  explicit DataFiles(LowerContext& context) : context_(context) {}

  void Add(const Value& value) {
    switch (value.kind()) {
      case ValueKind::kString:
        return AddPattern(value.AsString());
      case ValueKind::kList:
        for (const Value& item : value.AsList()) Add(item);
        return;
      case ValueKind::kFiles: {
        FilesRep patterns = value.AsFiles();
        for (const Value& file : patterns.files) Add(file);
        patterns.files.clear();
        if (!patterns.include.empty()) AddMatches(patterns);
        return;
      }
      case ValueKind::kFile:
        return AddFile(value);
      case ValueKind::kPending: {
        const auto& waits = value.AsPending().waits_for;
        return AddMade(waits.empty() ? "" : waits.front(), value, "");
      }
      default:
        return;
    }
  }
  std::vector<DataFile> Take() { return std::move(files_); }
  // Patterns to which nothing belongs: the plan says so.
  const std::vector<std::string>& unmatched() const { return unmatched_; }

 private:
  void AddPattern(std::string_view pattern) {
    FilesRep patterns;
    patterns.include.emplace_back(pattern);
    AddMatches(patterns);
  }
  void AddMatches(const FilesRep& patterns) {
    std::vector<std::string> paths = context_.Matches(patterns);
    if (paths.empty()) {
      unmatched_.insert(unmatched_.end(), patterns.include.begin(), patterns.include.end());
    }
    for (const std::string& path : paths) {
      FileRep file;
      file.path = path;
      AddFile(Value::File(std::move(file)));
    }
  }
  void AddFile(const Value& value) {
    const FileRep& file = value.AsFile();
    if (!file.producer.empty()) return AddMade(file.producer, value, FilePath(file));
    bool twice =
        std::ranges::any_of(files_, [&](const DataFile& other) { return other.key == file.path; });
    if (!twice) files_.push_back({file.path, value, file.path, true});
  }
  void AddMade(const std::string& producer, const Value& value, std::string path) {
    int number = ++made_[producer];
    std::string key = number == 1 ? producer : fmt::format("{}#{}", producer, number);
    files_.push_back({std::move(key), value, std::move(path), false});
  }

  LowerContext& context_;
  std::vector<DataFile> files_;
  std::map<std::string, int> made_;
  std::vector<std::string> unmatched_;
};

Json JsonOf(const Value* value) {
  return value == nullptr ? Json() : Json::parse(ToJson(*value, SecretPolicy::kRedact));
}

std::string ChunkAddress(const std::string& dataset, const std::string& key) {
  return fmt::format("{}/chunk[{}]", dataset, Quote(key));
}

std::vector<DataFile> FilesOf(const Node& declared, LowerContext& context,
                              std::vector<std::string>* unmatched) {
  DataFiles files(context);
  const Value* source = declared.fields.Find("source");
  const Value* named = source == nullptr ? nullptr : source->Find("files");
  if (named != nullptr) {
    files.Add(*named);
  } else if (source != nullptr) {
    files.Add(*source);
  }
  if (unmatched != nullptr) *unmatched = files.unmatched();
  return files.Take();
}

// What MakeChunk takes, but for the row type and the file.
Json ReadingOf(const Node& declared) {
  const Value* source = declared.fields.Find("source");
  Json json = {{"format", TextField(*source, "format", "csv")}};
  for (const char* name : {"delimiter", "header", "nulls"}) {
    if (const Value* value = source->Find(name)) json[name] = JsonOf(value);
  }
  json["other_columns"] = TextField(declared.fields, "other_columns", "refuse");
  json["not_finite"] = TextField(declared.fields, "not_finite", "refuse");
  json["rows"] = JsonOf(declared.fields.Find("rows"));
  return json;
}

OutDecl FileOutOf(std::string_view name, std::string_view path) {
  return {Symbol(name), Value::String(path), true};
}

Node ChunkNode(const Node& declared, const DataFile& source, LowerContext& context) {
  Node node;
  node.address = ChunkAddress(declared.address, source.key);
  node.type = "chunk";
  node.meta = declared.meta;
  // Of a list some files may be known and others not yet.
  bool known = !source.path.empty() && !source.file.has_pending();
  if (known) {
    Json spec;
    spec["chunk"] = ReadingOf(declared);
    spec["chunk"]["file"] = source.path;
    node.fields = OwnTask(kOwn, kCommand, spec.dump(), {source.file});
  } else {
    node.fields = PendingOwnTask(kOwn, kCommand, {source.file});
  }
  if (source.of_project) {
    node.doc = RoundedSize(context.SizeOf(source.path));
  }
  node.outs = {FileOutOf("rows", kChunkRows), FileOutOf("report", kChunkReport),
               FileOutOf("quarantine", kChunkQuarantine)};
  return node;
}

Json LimitJson(const Value* limit) {
  Json json = {{"rows", 0}, {"ratio", 0.0}};
  if (limit == nullptr) return json;
  if (limit->is(ValueKind::kInt)) json["rows"] = limit->AsInt();
  if (limit->is(ValueKind::kRatio)) json["ratio"] = limit->AsFloat();
  return json;
}

Node ManifestNode(const Node& declared, const std::vector<DataFile>& sources,
                  const std::vector<std::string>& unmatched, LowerContext& context) {
  Node node = declared;
  node.edges.clear();
  Json spec = {{"dataset", declared.address}};
  spec["limit"] = LimitJson(declared.fields.Find("limit"));
  spec["rows"] = JsonOf(declared.fields.Find("rows"));
  if (const Value* expect = declared.fields.Find("expect")) spec["expect"] = JsonOf(expect);
  spec["chunks"] = Json::array();
  std::vector<Value> inputs;
  for (const DataFile& source : sources) {
    std::string chunk = ChunkAddress(declared.address, source.key);
    inputs.push_back(context.OutOf(chunk, "rows"));
    inputs.push_back(context.OutOf(chunk, "report"));
    spec["chunks"].push_back({source.key, JoinPath(".ops/out", AddressToPath(chunk))});
  }
  if (!unmatched.empty()) {
    FilesRep patterns;
    patterns.include = unmatched;
    inputs.push_back(Value::Files(std::move(patterns)));
  }
  node.fields = OwnTask(kOwn, kCommand, Json{{"snapshot", spec}}.dump(), std::move(inputs));
  node.outs = {FileOutOf("snapshot", kSnapshotFile), FileOutOf("dropped", kDroppedFile)};
  return node;
}

}  // namespace

std::vector<Node> LowerDataset(const Node& declared, LowerContext& context) {
  std::vector<std::string> unmatched;
  std::vector<DataFile> sources = FilesOf(declared, context, &unmatched);
  std::vector<Node> nodes;
  for (const DataFile& source : sources) nodes.push_back(ChunkNode(declared, source, context));
  nodes.push_back(ManifestNode(declared, sources, unmatched, context));
  return nodes;
}

std::vector<DatasetChunk> ChunksOfDataset(const std::string& address, LowerContext& context) {
  std::vector<DatasetChunk> chunks;
  const Node* declared = context.Declared(address);
  if (declared == nullptr) return chunks;
  for (const DataFile& source : FilesOf(*declared, context, nullptr)) {
    chunks.push_back({source.key, ChunkAddress(address, source.key)});
  }
  return chunks;
}

std::vector<Value> InputsOfDataset(const std::string& address, LowerContext& context) {
  std::vector<Value> inputs = {context.OutOf(address, "snapshot")};
  for (const DatasetChunk& chunk : ChunksOfDataset(address, context)) {
    inputs.push_back(context.OutOf(chunk.address, "rows"));
  }
  return inputs;
}

}  // namespace opsc
