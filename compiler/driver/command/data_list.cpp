#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/data/profile_text.h"
#include "compiler/driver/project/project.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/size_text.h"
#include "compiler/driver/show/table_text.h"
#include "runtime/data/snapshot.h"

namespace opsc {
namespace {

// A dataset that was read, and when.
struct Listed {
  Snapshot snapshot;
  Time when{};
  uint64_t bytes = 0;
};

// Manifests stand at any depth: datasets of components have addresses with slashes.
Status Collect(Env& env, const std::string& directory, int depth, std::vector<Listed>& out) {
  constexpr int kMaxDepth = 8;
  auto entries = env.List(directory);
  if (!entries || depth == kMaxDepth) return {};
  for (const DirEntry& entry : *entries) {
    std::string path = JoinPath(directory, entry.name);
    if (entry.type == FileType::kDirectory && entry.name != "chunk") {
      OPS_TRY(Collect(env, path, depth + 1, out));
    }
    if (entry.name != kSnapshotFile) continue;
    OPS_ASSIGN(Snapshot snapshot, ReadSnapshot(path));
    Listed& listed = out.emplace_back();
    for (const SnapshotChunk& chunk : snapshot.chunks) listed.bytes += chunk.bytes;
    listed.snapshot = std::move(snapshot);
    listed.when = Time(std::chrono::nanoseconds(env.Stat(path).ctime_ns));
  }
  return {};
}

nlohmann::ordered_json ListJson(const std::vector<Listed>& all) {
  auto json = nlohmann::ordered_json::array();
  for (const Listed& each : all) {
    json.push_back({{"dataset", each.snapshot.dataset},
                    {"rows", each.snapshot.rows},
                    {"rejected", each.snapshot.rejected},
                    {"files", each.snapshot.chunks.size()},
                    {"bytes", each.bytes},
                    {"when", FormatTime(each.when)}});
  }
  return json;
}

Result<int> Run(CliSession& session, const Args&) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  std::vector<Listed> all;
  OPS_TRY(Collect(*session.env, JoinPath(project.state_dir, "out"), 0, all));
  std::ranges::sort(all, {}, [](const Listed& each) { return each.snapshot.dataset; });
  if (session.json) {
    WriteOut(JsonText(ListJson(all), 2) + "\n");
    return kExitOk;
  }
  if (all.empty()) {
    WriteOut("no dataset has been read yet: `opsc run NAME` reads one\n");
    return kExitOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"DATASET", "ROWS", "LEFT OUT", "FILES", "SIZE", "READ"}};
  for (const Listed& each : all) {
    rows.push_back({each.snapshot.dataset, Grouped(each.snapshot.rows),
                    Grouped(each.snapshot.rejected), std::to_string(each.snapshot.chunks.size()),
                    RoundedSize(each.bytes), AgoText(each.when, session.env->Now())});
  }
  WriteOut(TableText(rows));
  return kExitOk;
}

}  // namespace

extern const Command kDataListCommand = {.name = "data list",
                                         .summary = "datasets that were read, their rows and files",
                                         .example = "opsc data list",
                                         .run = Run,
                                         .groups = kJsonGroup};

}  // namespace opsc
