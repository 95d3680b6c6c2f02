#include "compiler/driver/sync/sync_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

std::string Short(const std::string& revision) {
  return revision.substr(0, 10);
}

std::vector<std::string> RowOf(const SyncEntry& entry, Time now) {
  return {entry.state,  Short(entry.revision),    entry.author,
          entry.signer, AgoText(entry.time, now), entry.message};
}

std::string PaintHead(const std::string& table, bool color) {
  size_t end = table.find('\n');
  return Paint(color, Style::kDim, table.substr(0, end)) + table.substr(end);
}

std::string Amiss(const SyncRecord& record) {
  std::string text;
  if (!record.fetch_error.empty()) {
    text += fmt::format("Unreachable: {}: {}\n", record.name, record.fetch_error);
  }
  if (!record.left.empty()) {
    text +=
        fmt::format("Left: {}: {} (no longer in Git)\n", record.name, fmt::join(record.left, ", "));
  }
  const SyncMemory& memory = record.memory;
  if (!memory.refused.empty() && !memory.applied.empty()) {
    text += fmt::format("Kept: {}: {} stays until there is a newer commit than {}\n", record.name,
                        Short(memory.applied), Short(memory.refused));
  }
  return text;
}

// The sync in the program that `word` begins with.
const SyncSpec* SpecOf(const std::vector<SyncSpec>& specs, const std::string& word) {
  auto found = std::ranges::find_if(
      specs, [&](const SyncSpec& spec) { return word.starts_with(spec.name + "/"); });
  return found == specs.end() ? nullptr : &*found;
}

}  // namespace

std::string SyncsText(const std::vector<SyncRecord>& records, Time now, bool color) {
  if (records.empty()) return "";
  std::vector<std::vector<std::string>> rows = {
      {"SYNC", "STATE", "REVISION", "AUTHOR", "SIGNER", "WHEN", "MESSAGE"}};
  std::string amiss;
  for (const SyncRecord& record : records) {
    std::vector<std::string> row{record.name};
    SyncEntry none{.state = "never synced"};
    for (std::string& cell : RowOf(record.last() ? *record.last() : none, now)) {
      row.push_back(std::move(cell));
    }
    if (record.last() == nullptr) row[5].clear();
    rows.push_back(std::move(row));
    amiss += Amiss(record);
  }
  return PaintHead(TableText(rows), color) + amiss;
}

Json SyncJson(const SyncRecord& record) {
  Json json = {{"name", record.name},        {"url", record.url},
               {"path", record.path},        {"ref", record.ref},
               {"seen", record.memory.seen}, {"applied", record.memory.applied}};
  if (!record.memory.refused.empty()) json["refused"] = record.memory.refused;
  if (!record.fetch_error.empty()) json["unreachable"] = record.fetch_error;
  json["left"] = record.left;
  if (record.last() != nullptr) json["last"] = SyncEntryJson(*record.last());
  return json;
}

std::string SyncHistoryText(const SyncRecord& record, size_t limit, Time now, bool color) {
  std::vector<std::vector<std::string>> rows = {
      {"STATE", "REVISION", "AUTHOR", "SIGNER", "WHEN", "RUN", "MESSAGE"}};
  for (auto at = record.history.rbegin(); at != record.history.rend() && limit > 0; ++at, --limit) {
    std::vector<std::string> row = RowOf(*at, now);
    row.insert(row.end() - 1, at->run);
    rows.push_back(std::move(row));
  }
  return rows.size() == 1 ? "nothing happened yet\n" : PaintHead(TableText(rows), color);
}

Json SyncHistoryJson(const SyncRecord& record, size_t limit) {
  Json list = Json::array();
  for (auto at = record.history.rbegin(); at != record.history.rend() && limit > 0; ++at, --limit) {
    list.push_back(SyncEntryJson(*at));
  }
  return list;
}

std::pair<const SyncRecord*, std::string> FindSync(const std::vector<SyncRecord>& records,
                                                   const std::string& word) {
  for (const SyncRecord& record : records) {
    if (word == record.name) return {&record, ""};
    if (word.starts_with(record.name + "/")) return {&record, word.substr(record.name.size() + 1)};
  }
  return {nullptr, ""};
}

Result<std::vector<Drift>> SyncedDrift(const CliSession& session, const Args& args,
                                       const SyncSpec& spec) {
  OPS_ASSIGN(auto record, ReadSyncRecord(*session.env, spec.state_dir));
  if (!record || record->memory.applied.empty()) return std::vector<Drift>{};
  OPS_ASSIGN(auto mirror, DiscoverRepository(spec.mirror()));
  OPS_ASSIGN(auto synced,
             CompileSynced(*session.env, *mirror, spec, record->memory.applied, Secrets::kRead));
  OPS_TRY(OpenSynced(session, args, spec, *synced));
  OPS_ASSIGN(SyncPlan plan, PlanSynced(*synced, spec));
  for (Drift& drift : plan.plan.drift) drift.address = spec.name + "/" + drift.address;
  return std::move(plan.plan.drift);
}

Result<std::optional<SyncedAddress>> FindSynced(const CliSession& session, const Prepared& prepared,
                                                const std::string& word) {
  OPS_ASSIGN(auto specs, ReadSyncSpecs(prepared.project, prepared.graph()));
  const SyncSpec* spec = SpecOf(specs, word);
  if (spec == nullptr) return std::nullopt;
  OPS_ASSIGN(auto record, ReadSyncRecord(*session.env, spec->state_dir));
  if (!record || record->memory.applied.empty()) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` was not synced yet", spec->name),
                "`opsc agent --once` does it");
  }
  OPS_ASSIGN(auto mirror, DiscoverRepository(spec->mirror()));
  SyncedAddress found{*spec, *std::move(record), nullptr, word.substr(spec->name.size() + 1)};
  OPS_ASSIGN(found.program, CompileSynced(*session.env, *mirror, *spec, found.record.memory.applied,
                                          Secrets::kUnknown));
  return found;
}

std::string SyncOrigin::FileOf(const Node& node) const {
  return NormalRelativePath(JoinPath(path, node.origin.file)).value_or(node.origin.file);
}

std::string SyncOrigin::CommitOf(const std::string& run) const {
  auto found = std::ranges::find(record.history, run, &SyncEntry::run);
  if (found == record.history.end()) return "";
  return fmt::format(" ({} {}: {})", Short(found->revision), found->author, found->subject);
}

std::string SyncOriginText(const SyncOrigin& origin, Time now) {
  std::string text = fmt::format("  of commit {}", origin.record.memory.applied);
  if (const SyncEntry* entry = origin.record.applied()) {
    text += fmt::format(" ({}: {})\n", entry->author, entry->subject);
    if (!entry->signer.empty()) text += fmt::format("  signed by {}\n", entry->signer);
    text += fmt::format("  synced {} from {} of {}", AgoText(entry->time, now), origin.record.ref,
                        origin.record.url);
  }
  return text + "\n";
}

Json SyncOriginJson(const SyncOrigin& origin) {
  Json json = {
      {"id", origin.record.memory.applied}, {"url", origin.record.url}, {"ref", origin.record.ref}};
  if (const SyncEntry* entry = origin.record.applied()) {
    json["author"] = entry->author;
    json["subject"] = entry->subject;
    if (!entry->signer.empty()) json["signer"] = entry->signer;
    json["synced"] = FormatTime(entry->time);
  }
  return json;
}

}  // namespace opsc
