#include "runtime/exec/result_use.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "runtime/exec/framed_file.h"

namespace opsc {
namespace {

constexpr std::chrono::hours kWeek{24 * 7};

std::string Directory(const std::string& state_dir) {
  return JoinPath(state_dir, "cache/used");
}

// Calls `found` with each key of the file.
template <typename Found>
void ForEachKey(const std::string& path, const Found& found) {
  for (const std::string& record : ReadFramedFile(path)) {
    Digest key;
    for (size_t at = 0; at + key.bytes.size() <= record.size(); at += key.bytes.size()) {
      std::memcpy(key.bytes.data(), record.data() + at, key.bytes.size());
      found(key);
    }
  }
}

// A file of uses: its week begins at week × 7 days after 1970-01-01.
struct WeekFile {
  std::string path;
  Time end;
};

std::vector<WeekFile> WeekFiles(const std::string& state_dir) {
  std::vector<WeekFile> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(Directory(state_dir), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename();
    int64_t week = 0;
    auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), week);
    if (wrong != std::errc() || end != name.data() + name.size() || week > 10'000) continue;
    files.push_back({entry->path(), Time{(week + 1) * kWeek}});
  }
  return files;
}

}  // namespace

ResultUse::ResultUse(const std::string& state_dir) : directory_(Directory(state_dir)) {}

Status ResultUse::Save(Time now) {
  if (noted_.empty()) return {};
  std::string path = JoinPath(directory_, std::to_string(now.time_since_epoch() / kWeek));
  ForEachKey(path, [&](const Digest& key) { noted_.erase(key); });
  std::string record;
  for (const Digest& key : noted_) {
    record.append(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size());
  }
  noted_.clear();
  return record.empty() ? Status() : AppendFramedFile(path, {record});
}

std::unordered_map<Digest, Time> ReadResultUse(const std::string& state_dir) {
  std::unordered_map<Digest, Time> used;
  for (const WeekFile& week : WeekFiles(state_dir)) {
    ForEachKey(week.path, [&](const Digest& key) {
      Time& last = used[key];
      last = std::max(last, week.end);
    });
  }
  return used;
}

Status ForgetResultUse(const std::string& state_dir, Time keep_from) {
  for (const WeekFile& week : WeekFiles(state_dir)) {
    std::error_code error;
    if (week.end < keep_from) std::filesystem::remove(week.path, error);
    if (error) return FailErrno("cannot remove " + week.path, error.value());
  }
  return {};
}

}  // namespace opsc
