#include "compiler/driver/sync/sync_record.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/show/json_text.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostEntries = 500;
constexpr std::string_view kFormat = "opsc.sync/1";

std::string FileOf(const std::string& state_dir) {
  return JoinPath(state_dir, "sync.json");
}

std::string AgentDirectory(const Project& project) {
  return JoinPath(project.state_dir, "agent");
}

Json ToDocument(const SyncRecord& record) {
  Json json = {{"format", kFormat},
               {"name", record.name},
               {"url", record.url},
               {"path", record.path},
               {"ref", record.ref},
               {"rules", record.rules},
               {"seen", record.memory.seen},
               {"applied", record.memory.applied},
               {"refused", record.memory.refused},
               {"failures", record.memory.apply_failures},
               {"fetch_error", record.fetch_error},
               {"left", record.left},
               {"history", Json::array()}};
  for (const SyncEntry& entry : record.history) {
    Json line = SyncEntryJson(entry);
    line["time"] = entry.time.time_since_epoch().count();
    json["history"].push_back(std::move(line));
  }
  return json;
}

SyncEntry ReadEntry(const Json& json) {
  SyncEntry entry;
  entry.time = Time(std::chrono::nanoseconds(json.at("time").get<int64_t>()));
  entry.state = json.at("state");
  entry.revision = json.at("revision");
  entry.author = json.value("author", "");
  entry.subject = json.value("subject", "");
  entry.signer = json.value("signer", "");
  entry.message = json.value("message", "");
  entry.run = json.value("run", "");
  return entry;
}

SyncRecord FromDocument(const Json& json) {
  SyncRecord record;
  record.name = json.at("name");
  record.url = json.at("url");
  record.path = json.at("path");
  record.ref = json.at("ref");
  record.rules = json.at("rules");
  record.memory.seen = json.at("seen");
  record.memory.applied = json.at("applied");
  record.memory.refused = json.at("refused");
  record.memory.apply_failures = json.at("failures");
  record.fetch_error = json.at("fetch_error");
  record.left = json.at("left").get<std::vector<std::string>>();
  for (const Json& entry : json.at("history")) record.history.push_back(ReadEntry(entry));
  return record;
}

}  // namespace

const SyncEntry* SyncRecord::applied() const {
  auto found = std::find_if(history.rbegin(), history.rend(), [&](const SyncEntry& entry) {
    return entry.revision == memory.applied && entry.state == "synced";
  });
  return found == history.rend() ? nullptr : &*found;
}

void SyncRecord::Add(SyncEntry entry) {
  history.push_back(std::move(entry));
  if (history.size() > kMostEntries) history.erase(history.begin());
}

std::string SyncStateDirectory(const Project& project, const std::string& name) {
  std::string file = name;
  for (char& c : file) {
    bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  if (file != name) file += "-" + Sha256(name).Hex().substr(0, 8);
  return JoinPath(AgentDirectory(project), file);
}

Result<std::optional<SyncRecord>> ReadSyncRecord(Env& env, const std::string& state_dir) {
  std::string path = FileOf(state_dir);
  if (env.Stat(path).type == FileType::kMissing) return std::nullopt;
  OPS_ASSIGN(std::string text, env.ReadFile(path));
  try {
    return FromDocument(Json::parse(text));
  } catch (const nlohmann::json::exception& error) {
    return Fail(ErrorKind::kCorrupt, fmt::format("`{}` cannot be read: {}", path, error.what()),
                "remove it: the agent then looks at everything anew; only the history is lost");
  }
}

Status WriteSyncRecord(Env& env, const std::string& state_dir, const SyncRecord& record) {
  return env.WriteFile(FileOf(state_dir), JsonText(ToDocument(record), 1) + "\n", 0600);
}

Result<std::vector<SyncRecord>> ReadSyncRecords(Env& env, const Project& project) {
  std::vector<SyncRecord> records;
  std::string directory = AgentDirectory(project);
  if (env.Stat(directory).type != FileType::kDirectory) return records;
  OPS_ASSIGN(auto entries, env.List(directory));
  for (const DirEntry& entry : entries) {
    OPS_ASSIGN(auto record, ReadSyncRecord(env, JoinPath(directory, entry.name)));
    if (record) records.push_back(*std::move(record));
  }
  std::ranges::sort(records, {}, &SyncRecord::name);
  return records;
}

Json SyncEntryJson(const SyncEntry& entry) {
  Json json = {{"time", FormatTime(entry.time)}, {"state", entry.state}};
  json["revision"] = entry.revision;
  if (!entry.author.empty()) json["author"] = entry.author;
  if (!entry.subject.empty()) json["subject"] = entry.subject;
  if (!entry.signer.empty()) json["signer"] = entry.signer;
  if (!entry.message.empty()) json["message"] = entry.message;
  if (!entry.run.empty()) json["run"] = entry.run;
  return json;
}

}  // namespace opsc
