#include "runtime/store/stored_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace opsc {
namespace {

namespace fs = std::filesystem;

std::optional<StoredFileInfo> Look(const std::string& path) {
  struct stat s{};
  if (lstat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
  std::chrono::nanoseconds written(int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec);
  return StoredFileInfo{path, static_cast<uint64_t>(s.st_size), Time{written}};
}

// Calls `visit` with each entry; what goes away meanwhile is passed over.
template <typename Iterator, typename Visit>
void ForEachEntry(const std::string& folder, const Visit& visit) {
  std::error_code error;
  Iterator entry(folder, error);
  for (; !error && entry != Iterator(); entry.increment(error)) visit(*entry);
}

}  // namespace

std::vector<StoredDigest> ListDigests(const std::string& folder) {
  std::vector<StoredDigest> found;
  ForEachEntry<fs::directory_iterator>(folder, [&](const fs::directory_entry& outer) {
    std::string prefix = outer.path().filename();
    ForEachEntry<fs::directory_iterator>(outer.path(), [&](const fs::directory_entry& inner) {
      auto digest = Digest::FromHex(prefix + inner.path().filename().string());
      auto file = digest ? Look(inner.path()) : std::nullopt;
      if (file) found.push_back({*digest, std::move(*file)});
    });
  });
  return found;
}

std::vector<StoredFileInfo> ListFiles(const std::string& folder) {
  std::vector<StoredFileInfo> found;
  ForEachEntry<fs::recursive_directory_iterator>(folder, [&](const fs::directory_entry& entry) {
    if (auto file = Look(entry.path())) found.push_back(std::move(*file));
  });
  return found;
}

std::vector<std::string> ListDirectories(const std::string& folder) {
  std::vector<std::string> found;
  ForEachEntry<fs::directory_iterator>(folder, [&](const fs::directory_entry& entry) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) found.push_back(entry.path().filename());
  });
  std::ranges::sort(found);
  return found;
}

}  // namespace opsc
