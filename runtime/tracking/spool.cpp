#include "runtime/tracking/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace opsc {
namespace {

bool IsEvent(const DirEntry& entry) {
  return entry.type == FileType::kFile && entry.name.ends_with(".json");
}

Result<std::vector<DirEntry>> EventFiles(const std::string& dir, Env& env) {
  if (env.Stat(dir).type == FileType::kMissing) return std::vector<DirEntry>{};
  OPS_ASSIGN(auto entries, env.List(dir));
  std::erase_if(entries, [](const DirEntry& entry) { return !IsEvent(entry); });
  return entries;  // sorted by name
}

uint64_t NumberOf(std::string_view name) {
  uint64_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

// Where it is noted what was told about a model.
std::string ToldPath(const std::string& dir, const TrackedModel& model) {
  const Digest id = Hasher()
                        .Part(model.address)
                        .Part(model.state)
                        .Part(model.tracking.url)
                        .Part(model.tracking.experiment)
                        .Part(model.tracking.registered)
                        .Finish();
  return JoinPath(JoinPath(dir, "told"), id.Hex().substr(0, 16) + ".json");
}

// The registry that was told or waits last; empty: none. `waiting`: files of registries that wait.
Result<Digest> LastRegistry(const std::string& dir, const TrackedModel& model, Env& env,
                            std::vector<std::string>& waiting) {
  Digest last;
  const std::string told = ToldPath(dir, model);
  if (env.Stat(told).type == FileType::kFile) {
    OPS_ASSIGN(const std::string text, env.ReadFile(told));
    if (const auto event = EventFromText(text)) {
      if (const auto* registry = std::get_if<TrackedRegistry>(&event->what)) {
        last = DigestOf(*registry);
      }
    }
  }
  OPS_ASSIGN(const auto spooled, ReadSpool(dir, env));
  for (const SpooledEvent& one : spooled) {
    if (!one.event || one.event->model != model) continue;
    const auto* registry = std::get_if<TrackedRegistry>(&one.event->what);
    if (registry == nullptr) continue;
    last = DigestOf(*registry);
    waiting.push_back(one.file);
  }
  return last;
}

}  // namespace

std::string SpoolDir(const std::string& state_dir) {
  return JoinPath(state_dir, "tracking");
}

Status SpoolEvent(const std::string& dir, const TrackingEvent& event, Env& env) {
  OPS_TRY(env.MakeDirs(JoinPath(dir, "told")));
  OPS_ASSIGN(const auto files, EventFiles(dir, env));
  const uint64_t number = files.empty() ? 1 : NumberOf(files.back().name) + 1;
  const std::string text = ToText(event);
  const std::string name = fmt::format("{:010}-{}.json", number, Sha256(text).Short());
  return env.WriteFile(JoinPath(dir, name), text, 0600);
}

Status SpoolRegistry(const std::string& dir, const TrackedModel& model,
                     const TrackedRegistry& registry, Env& env) {
  std::vector<std::string> waiting;
  OPS_ASSIGN(const Digest last, LastRegistry(dir, model, env, waiting));
  if (last == DigestOf(registry)) return {};
  OPS_TRY(SpoolEvent(dir, {model, registry}, env));
  for (const std::string& file : waiting) OPS_TRY(env.Remove(file));
  return {};
}

Result<std::vector<SpooledEvent>> ReadSpool(const std::string& dir, Env& env) {
  std::vector<SpooledEvent> spooled;
  OPS_ASSIGN(const auto files, EventFiles(dir, env));
  for (const DirEntry& file : files) {
    const std::string path = JoinPath(dir, file.name);
    const auto text = env.ReadFile(path);
    if (!text && env.Stat(path).type == FileType::kMissing) continue;  // told by somebody else
    if (text) {
      spooled.push_back({path, EventFromText(*text)});
    } else {
      spooled.push_back({path, std::unexpected(text.error())});
    }
  }
  return spooled;
}

Status Told(const std::string& dir, const SpooledEvent& spooled, Env& env) {
  if (std::holds_alternative<TrackedRegistry>(spooled.event->what)) {
    OPS_TRY(env.WriteFile(ToldPath(dir, spooled.event->model), ToText(*spooled.event), 0600));
  }
  return env.Remove(spooled.file);
}

Status ForgetTold(const std::string& dir, const TrackedModel& model, Env& env) {
  return env.Remove(ToldPath(dir, model));
}

}  // namespace opsc
