// A ContentStore in memory, for tests that must not see the real one.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/graph/content_store.h"

namespace opsc::testing {

// Blobs in a map; Restore and PutPath use the real file system. Knows files and executables only.
class MemoryContentStore : public ContentStore {
 public:
  Result<Digest> PutBytes(std::string_view bytes) override {
    const std::scoped_lock lock(mutex_);
    const Digest digest = Sha256(bytes);
    blobs_[digest] = bytes;
    return digest;
  }
  Result<Digest> PutFile(const std::string& path) override {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Fail(ErrorKind::kEnvironment, "cannot open " + path);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return PutBytes(bytes.str());
  }
  Result<std::string> Get(const Digest& digest) override {
    const std::scoped_lock lock(mutex_);
    const auto blob = blobs_.find(digest);
    if (blob == blobs_.end()) return Fail(ErrorKind::kCorrupt, "no such blob");
    return blob->second;
  }
  bool Has(const Digest& digest) override {
    const std::scoped_lock lock(mutex_);
    return blobs_.contains(digest) || trees_.contains(digest);
  }
  std::string BlobPath(const Digest& digest) const override { return "/nowhere/" + digest.Hex(); }

  Result<Digest> PutTree(std::vector<TreeEntry> entries) override {
    const std::scoped_lock lock(mutex_);
    Hasher hasher;
    for (const TreeEntry& entry : entries) {
      hasher.Part(entry.path).Part(static_cast<uint64_t>(entry.type)).Part(entry.blob);
    }
    const Digest digest = hasher.Finish();
    trees_[digest] = std::move(entries);
    return digest;
  }
  Result<std::vector<TreeEntry>> GetTree(const Digest& digest) override {
    const std::scoped_lock lock(mutex_);
    const auto tree = trees_.find(digest);
    if (tree == trees_.end()) return Fail(ErrorKind::kCorrupt, "no such tree");
    return tree->second;
  }
  Result<Digest> PutPath(const std::string& path) override {
    OPS_ASSIGN(const Digest blob, PutFile(path));
    struct stat status{};
    if (stat(path.c_str(), &status) != 0)
      return Fail(ErrorKind::kEnvironment, "cannot stat " + path);
    const bool executable = (status.st_mode & 0111) != 0;
    TreeEntry entry;
    entry.type = executable ? TreeEntry::Type::kExecutable : TreeEntry::Type::kFile;
    entry.blob = blob;
    entry.size = static_cast<uint64_t>(status.st_size);
    return PutTree({entry});
  }
  Result<Digest> DigestPath(const std::string& path) override { return PutPath(path); }
  Status Restore(const Digest& tree, const std::string& path) override {
    OPS_ASSIGN(const std::vector<TreeEntry> entries, GetTree(tree));
    for (const TreeEntry& entry : entries) {
      OPS_ASSIGN(const std::string bytes, Get(entry.blob));
      const std::string target = entry.path.empty() ? path : path + "/" + entry.path;
      std::filesystem::create_directories(std::filesystem::path(target).parent_path());
      std::filesystem::remove(target);
      std::ofstream(target, std::ios::binary) << bytes;
      const bool executable = entry.type == TreeEntry::Type::kExecutable;
      if (chmod(target.c_str(), executable ? 0555 : 0444) != 0) {
        return Fail(ErrorKind::kEnvironment, "cannot restore " + target);
      }
    }
    return {};
  }
  Result<bool> Matches(const Digest&, const std::string&) override {
    return Fail(ErrorKind::kInput, "this store of tests compares nothing");
  }
  Status PutRecord(const Digest& key, std::string_view bytes) override {
    const std::scoped_lock lock(mutex_);
    records_[key] = bytes;
    return {};
  }
  Result<std::optional<std::string>> GetRecord(const Digest& key) override {
    const std::scoped_lock lock(mutex_);
    const auto record = records_.find(key);
    if (record == records_.end()) return std::nullopt;
    return record->second;
  }

 private:
  std::mutex mutex_;
  std::map<Digest, std::string> blobs_;
  std::map<Digest, std::vector<TreeEntry>> trees_;
  std::map<Digest, std::string> records_;
};

}  // namespace opsc::testing
