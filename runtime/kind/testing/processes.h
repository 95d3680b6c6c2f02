// Who is there.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace opsc::testing {

// Processes other than this one whose command line or working directory holds `text`. Zombies are
// not there any more.
inline std::vector<pid_t> ProcessesNaming(const std::string& text) {
  std::vector<pid_t> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::stringstream line;
    line << std::ifstream(entry.path() / "cmdline", std::ios::binary).rdbuf();
    std::error_code error;
    std::string seen = line.str();
    for (char& c : seen) c = c == '\0' ? ' ' : c;
    if (!seen.empty()) seen += std::filesystem::read_symlink(entry.path() / "cwd", error).string();
    const pid_t pid = std::stoi(name);
    if (pid != getpid() && seen.find(text) != std::string::npos) pids.push_back(pid);
  }
  return pids;
}

// Asks until it holds; false after `patience`.
inline bool Eventually(const std::function<bool()>& holds,
                       std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace opsc::testing
