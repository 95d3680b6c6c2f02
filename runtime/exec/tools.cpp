#include "runtime/exec/tools.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "runtime/exec/look.h"
#include "runtime/exec/visible.h"

namespace opsc {
namespace {

constexpr auto kTrust = std::chrono::milliseconds(100);
constexpr int kMaxInterpreters = 4;
constexpr int64_t kTick =
    20'000'000;  // nanoseconds: as coarse as time stamps can be, with a margin

// The first line of a script with its "#!" taken away; empty for other programs.
std::string InterpreterLine(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  char head[256];
  const ssize_t n = read(fd, head, sizeof head);
  close(fd);
  if (n < 2 || head[0] != '#' || head[1] != '!') return "";
  const std::string_view line(head + 2, static_cast<size_t>(n) - 2);
  return std::string(line.substr(0, line.find('\n')));
}

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_.+-/").find(c) != std::string_view::npos;
}

}  // namespace

Tools::Tools(std::string path, std::string project_root, Env* env, FileDigests* digests)
    : env_(env), digests_(digests) {
  std::set<std::string> seen;
  std::string_view rest = path;
  while (true) {
    const size_t colon = rest.find(':');
    std::string directory(rest.substr(0, colon));
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    if (directory.starts_with('/') && !IsBelow(directory, project_root) &&
        seen.insert(directory).second) {
      if (!path_.empty()) path_ += ':';
      path_ += directory;
      directories_.push_back(std::move(directory));
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
}

std::optional<Tool> Tools::Find(const std::string& name) {
  std::lock_guard lock(mutex_);
  return Search(name, 0);
}

void Tools::ListDirectories(TimePoint now) {
  if (!names_.empty() && now - listed_ < kTrust) return;
  listed_ = now;
  names_.resize(directories_.size());
  for (size_t i = 0; i < directories_.size(); ++i) {
    const FileStat stat = StatTarget(directories_[i]);
    Names& known = names_[i];
    if (!known.racy && known.stat == stat) continue;
    changed_ |= known.stat.type != FileType::kMissing && known.stat != stat;
    known = {.stat = stat,
             .racy = env_->Now().time_since_epoch().count() - stat.mtime_ns < kTick,
             .names = {}};
    const auto entries = env_->List(directories_[i]);
    if (!entries) continue;
    for (const DirEntry& entry : *entries) known.names.insert(entry.name);
  }
}

std::optional<Tool> Tools::Search(const std::string& name, int depth) {
  const auto now = std::chrono::steady_clock::now();
  if (auto known = known_.find(name);
      known != known_.end() && now - known->second.checked < kTrust) {
    return known->second.tool;
  }
  std::optional<Tool> tool;
  if (name.starts_with('/')) {
    if (!IsProgramNow(name)) return std::nullopt;
    tool = Inspect(name, name, depth);
  } else {
    ListDirectories(now);
    for (size_t i = 0; i < directories_.size() && !tool; ++i) {
      if (!names_[i].names.contains(name)) continue;
      const std::string path = JoinPath(directories_[i], name);
      if (IsProgramNow(path)) tool = Inspect(name, path, depth);
    }
    if (!tool) return std::nullopt;
  }
  Entry& known = known_[name];
  changed_ |= known.tool && known.tool->digest != tool->digest;
  known = {tool, now};
  return tool;
}

bool Tools::IsProgramNow(const std::string& path) {
  if (IsProgram(path)) return true;
  refused_.insert(path);
  return false;
}

bool Tools::DigestFile(const std::string& path, Tool& tool, Hasher& hasher) {
  const FileStat stat = env_->Stat(path);
  const auto digest = digests_->Of(path);
  if (!digest) return false;
  tool.seen.emplace_back(path, stat);
  hasher.Part(*digest);
  return true;
}

std::optional<Tool> Tools::Inspect(const std::string& name, const std::string& path, int depth) {
  Tool tool{.name = name, .path = path, .real_path = RealPath(path), .digest = {}, .seen = {}};
  tool.seen.emplace_back(path, env_->Stat(path));
  Hasher hasher;
  hasher.Part(tool.path).Part(tool.real_path);
  // A program that may be run but not read is known by its place and its stamp.
  if (!DigestFile(tool.real_path, tool, hasher)) {
    const FileStat stat = env_->Stat(tool.real_path);
    tool.seen.emplace_back(tool.real_path, stat);
    hasher.Part(stat.inode).Part(static_cast<uint64_t>(stat.ctime_ns));
  }
  // A version switch (pyenv, rbenv, nodenv) keeps its choice beside its shims.
  const std::string directory(DirName(tool.real_path));
  if (BaseName(directory) == "shims") {
    const std::string choice = std::string(DirName(directory)) + "/version";
    if (!DigestFile(choice, tool, hasher)) tool.seen.emplace_back(choice, env_->Stat(choice));
  }
  const std::vector<std::string> words = Words(InterpreterLine(tool.real_path));
  for (size_t i = 0; i < words.size() && i < 2 && depth < kMaxInterpreters; ++i) {
    if (i == 1 && BaseName(words[0]) != "env") break;
    const auto interpreter = Search(words[i], depth + 1);
    if (!interpreter) continue;
    hasher.Part(interpreter->digest);
    tool.seen.insert(tool.seen.end(), interpreter->seen.begin(), interpreter->seen.end());
  }
  tool.digest = hasher.Finish();
  return tool;
}

bool Tools::IsCurrent(const Tool& tool) const {
  return std::ranges::all_of(
      tool.seen, [&](const auto& file) { return env_->Stat(file.first) == file.second; });
}

std::vector<Tool> Tools::InScript(std::string_view script) {
  std::set<std::string> words;
  size_t begin = 0;
  while (begin < script.size()) {
    if (!IsWordCharacter(script[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < script.size() && IsWordCharacter(script[end])) ++end;
    const std::string_view word = script.substr(begin, end - begin);
    if (!word.starts_with("OPSC_")) words.emplace(word);
    begin = end;
  }
  std::vector<Tool> tools;
  std::lock_guard lock(mutex_);
  for (const std::string& word : words) {
    if (auto tool = Search(word, 0)) tools.push_back(std::move(*tool));
  }
  return tools;
}

bool Tools::AddSeen(Sightings& seen) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < names_.size(); ++i) {
    seen.push_back(
        {.look = Sighting::Look::kTarget, .path = directories_[i], .stat = names_[i].stat});
  }
  for (const auto& [name, entry] : known_) {
    const Tool& tool = *entry.tool;
    seen.push_back(
        {.look = Sighting::Look::kRealPath, .path = tool.path, .target = tool.real_path});
    for (const auto& [path, stat] : tool.seen) {
      seen.push_back({.look = Sighting::Look::kEntry, .path = path, .stat = stat});
    }
  }
  for (const std::string& path : refused_) {
    seen.push_back({.look = Sighting::Look::kNoProgram, .path = path});
  }
  return !changed_;
}

}  // namespace opsc
