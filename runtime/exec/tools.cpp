#include "runtime/exec/tools.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "runtime/exec/visible.h"

namespace opsc {
namespace {

constexpr auto kTrust = std::chrono::milliseconds(100);
constexpr int kMaxInterpreters = 4;

bool IsProgram(const std::string& path) {
  struct stat s {};
  return stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string RealPath(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  std::string result = real != nullptr ? real : path;
  std::free(real);
  return result;
}

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

Tools::Tools(std::string path, std::string project_root, FileDigests* digests)
    : digests_(digests) {
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

std::optional<Tool> Tools::Search(const std::string& name, int depth) {
  const auto now = std::chrono::steady_clock::now();
  if (auto known = known_.find(name); known != known_.end() && now - known->second.checked < kTrust) {
    return known->second.tool;
  }
  std::optional<Tool> tool;
  if (name.starts_with('/')) {
    if (IsProgram(name)) tool = Inspect(name, name, depth);
  } else if (name.find('/') == std::string::npos) {
    for (const std::string& directory : directories_) {
      const std::string path = JoinPath(directory, name);
      if (!IsProgram(path)) continue;
      tool = Inspect(name, path, depth);
      break;
    }
  }
  known_[name] = {tool, now};
  return tool;
}

std::optional<Tool> Tools::Inspect(const std::string& name, const std::string& path, int depth) {
  Tool tool{.name = name, .path = path, .real_path = RealPath(path), .digest = {}};
  auto content = DigestOfProgram(tool.real_path, depth);
  // A program that may be run but not read is known by its place and its stamp.
  if (!content) {
    struct stat s {};
    if (stat(tool.real_path.c_str(), &s) != 0) return std::nullopt;
    content = Hasher().Part(uint64_t(s.st_ino)).Part(uint64_t(s.st_mtim.tv_sec)).Finish();
  }
  tool.digest = Hasher().Part(tool.path).Part(tool.real_path).Part(*content).Finish();
  return tool;
}

Result<Digest> Tools::DigestOfProgram(const std::string& real_path, int depth) {
  OPS_ASSIGN(const Digest content, digests_->Of(real_path));
  Hasher hasher;
  hasher.Part(content);
  // A version switch (pyenv, rbenv, nodenv) keeps its choice beside its shims.
  const std::string directory(DirName(real_path));
  if (BaseName(directory) == "shims") {
    if (auto version = digests_->Of(std::string(DirName(directory)) + "/version")) {
      hasher.Part(*version);
    }
  }
  const std::vector<std::string> words = Words(InterpreterLine(real_path));
  for (size_t i = 0; i < words.size() && i < 2 && depth < kMaxInterpreters; ++i) {
    if (i == 1 && BaseName(words[0]) != "env") break;
    if (auto interpreter = Search(words[i], depth + 1)) hasher.Part(interpreter->digest);
  }
  return hasher.Finish();
}

bool Tools::IsCurrent(const Tool& tool) {
  std::lock_guard lock(mutex_);
  known_.erase(tool.name);
  const auto now = Search(tool.name, 0);
  return now && now->digest == tool.digest;
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
    words.emplace(script.substr(begin, end - begin));
    begin = end;
  }
  std::vector<Tool> tools;
  std::lock_guard lock(mutex_);
  for (const std::string& word : words) {
    if (auto tool = Search(word, 0)) tools.push_back(std::move(*tool));
  }
  return tools;
}

}  // namespace opsc
