// The ContentStore in PROJECT/.ops/store: blobs, trees, records.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/store/blob_store.h"
#include "runtime/store/digest_cache.h"
#include "runtime/store/path_scan.h"
#include "runtime/store/store.h"
#include "runtime/store/stored_record.h"
#include "runtime/store/tree.h"
#include "runtime/store/tree_restore.h"

namespace opsc {
namespace {

constexpr int kAttempts = 3;
constexpr uint64_t kRememberFrom = 1 << 20;  // bytes

// Removes an unfinished tree at the end of a scope.
class Removal {
 public:
  explicit Removal(std::string path) : path_(std::move(path)) {}
  ~Removal() { (void)RemoveTree(path_); }
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

 private:
  std::string path_;
};

class DirectoryStore : public ContentStore {
 public:
  DirectoryStore(const std::string& state_dir, std::unique_ptr<Env> env)
      : root_(state_dir + "/store"),
        env_(std::move(env)),
        scratch_(root_ + "/tmp"),
        blobs_(root_, &scratch_),
        digests_(state_dir + "/cache/outputs") {
    scratch_.RemoveDead();
  }
  ~DirectoryStore() override { (void)digests_.Save(env_->Now()); }

  Result<Digest> PutBytes(std::string_view bytes) override { return blobs_.PutBytes(bytes); }
  Result<Digest> PutFile(const std::string& path) override {
    OPS_ASSIGN(StoredFile stored, blobs_.PutFile(path, Links::kFollow));
    return stored.digest;
  }
  Result<std::string> Get(const Digest& digest) override { return blobs_.Get(digest); }
  bool Has(const Digest& digest) override { return blobs_.Has(digest); }
  std::string BlobPath(const Digest& digest) const override { return blobs_.PathOf(digest); }

  Result<Digest> PutTree(std::vector<TreeEntry> entries) override {
    OPS_ASSIGN(std::string encoded, EncodeTree(std::move(entries)));
    return blobs_.PutBytes(encoded);
  }

  Result<std::vector<TreeEntry>> GetTree(const Digest& digest) override {
    OPS_ASSIGN(std::string encoded, blobs_.Get(digest));
    return DecodeTree(encoded);
  }

  Result<Digest> PutPath(const std::string& path) override {
    OPS_ASSIGN(std::vector<ScannedEntry> scan, ScanPath(*env_, path));
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      OPS_ASSIGN(std::vector<TreeEntry> entries, PutScanned(path, scan));
      OPS_ASSIGN(std::vector<ScannedEntry> again, ScanPath(*env_, path));
      if (SameScan(scan, again)) return PutTree(std::move(entries));
      scan = std::move(again);
    }
    return Fail(ErrorKind::kEnvironment, path + " changes while it is read",
                "let the program that writes it finish first");
  }

  Result<Digest> DigestPath(const std::string& path) override {
    OPS_ASSIGN(std::vector<ScannedEntry> scan, ScanPath(*env_, path));
    std::vector<TreeEntry> entries;
    for (const ScannedEntry& found : scan) {
      TreeEntry entry{found.path, found.type, {}, found.stat.size};
      if (found.type == TreeEntry::Type::kEmptyDirectory) {
        entry.size = 0;
      } else {
        OPS_ASSIGN(entry.blob, DigestOf(PathOf(path, found.path), found));
      }
      entries.push_back(std::move(entry));
    }
    OPS_ASSIGN(std::string encoded, EncodeTree(std::move(entries)));
    return Sha256(encoded);
  }

  Status Restore(const Digest& tree, const std::string& path) override {
    OPS_ASSIGN(std::vector<TreeEntry> entries, GetTree(tree));
    OPS_TRY(MakeDirectories(std::string(DirName(path))));
    OPS_ASSIGN(std::string scratch, scratch_.NewPath());
    OPS_ASSIGN(MoveOutcome outcome, BuildAndMove(entries, scratch, path));
    if (outcome == MoveOutcome::kMoved) return {};
    std::string beside = fmt::format("{}/.opsc-restore-{}", DirName(path), HexOf(RandomBytes(8)));
    OPS_ASSIGN(outcome, BuildAndMove(entries, beside, path));
    if (outcome == MoveOutcome::kMoved) return {};
    return FailErrno("cannot put " + path + " into place", EXDEV);
  }

  Result<bool> Matches(const Digest& tree, const std::string& path) override {
    OPS_ASSIGN(std::vector<TreeEntry> entries, GetTree(tree));
    auto scan = ScanPath(*env_, path);
    if (!scan || scan->size() != entries.size()) return false;
    if (entries.empty()) return env_->Stat(path).type == FileType::kDirectory;
    for (size_t i = 0; i < entries.size(); ++i) {
      const TreeEntry& entry = entries[i];
      const ScannedEntry& found = (*scan)[i];
      bool is_file =
          entry.type == TreeEntry::Type::kFile || entry.type == TreeEntry::Type::kExecutable;
      bool sized = !is_file || found.stat.size == entry.size;
      if (found.path != entry.path || found.type != entry.type || !sized) return false;
      if (entry.type == TreeEntry::Type::kEmptyDirectory) continue;
      OPS_ASSIGN(Digest digest, DigestOf(PathOf(path, found.path), found));
      if (digest != entry.blob) return false;
    }
    return true;
  }

  Status PutRecord(const Digest& key, std::string_view bytes) override {
    OPS_ASSIGN(std::string temporary, scratch_.NewPath());
    Fd fd = OpenFd(temporary, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (!fd) return FailErrno("cannot create " + temporary, errno);
    OPS_TRY(WriteFully(fd.get(), EncodeRecord(key, bytes), temporary));
    std::string path = RecordPath(key);
    if (rename(temporary.c_str(), path.c_str()) == 0) return {};
    OPS_TRY(MakeDirectories(std::string(DirName(path))));
    if (rename(temporary.c_str(), path.c_str()) == 0) return {};
    return FailErrno("cannot store " + path, errno);
  }

  Result<std::optional<std::string>> GetRecord(const Digest& key) override {
    std::string path = RecordPath(key);
    Fd fd = OpenFd(path, O_RDONLY);
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd) return FailErrno("cannot open " + path, errno);
    OPS_ASSIGN(std::string content, ReadToEnd(fd.get(), path));
    return RecordContent(key, content);
  }

 private:
  static std::string PathOf(const std::string& root, const std::string& relative) {
    return relative.empty() ? root : root + "/" + relative;
  }

  std::string RecordPath(const Digest& key) const {
    std::string hex = key.Hex();
    return root_ + "/records/" + hex.substr(0, 2) + "/" + hex.substr(2);
  }

  Result<std::vector<TreeEntry>> PutScanned(const std::string& path,
                                            const std::vector<ScannedEntry>& scan) {
    std::vector<TreeEntry> entries;
    for (const ScannedEntry& found : scan) {
      OPS_ASSIGN(TreeEntry entry, PutScannedEntry(PathOf(path, found.path), found));
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  Result<TreeEntry> PutScannedEntry(const std::string& path, const ScannedEntry& found) {
    TreeEntry entry{found.path, found.type, {}, found.stat.size};
    if (found.type == TreeEntry::Type::kEmptyDirectory) {
      entry.size = 0;
      return entry;
    }
    if (found.type == TreeEntry::Type::kSymlink) {
      OPS_ASSIGN(std::string target, env_->ReadLink(path));
      OPS_ASSIGN(entry.blob, blobs_.PutBytes(target));
      entry.size = target.size();
      return entry;
    }
    Time now = env_->Now();
    auto known = digests_.Find(path, found.stat, now);
    if (known && blobs_.Has(*known)) {
      entry.blob = *known;
      return entry;
    }
    OPS_ASSIGN(StoredFile stored, blobs_.PutFile(path, Links::kRefuse));
    entry.blob = stored.digest;
    entry.size = stored.size;
    entry.type = stored.executable ? TreeEntry::Type::kExecutable : TreeEntry::Type::kFile;
    // Small files are read again faster than a list of all that ever were is kept.
    if (stored.size >= kRememberFrom && env_->Stat(path) == found.stat) {
      digests_.Remember(path, found.stat, stored.digest, now);
    }
    return entry;
  }

  // Of the file or link that was found at `path`.
  Result<Digest> DigestOf(const std::string& path, const ScannedEntry& found) {
    if (found.type == TreeEntry::Type::kSymlink) {
      OPS_ASSIGN(std::string target, env_->ReadLink(path));
      return Sha256(target);
    }
    Time now = env_->Now();
    if (auto known = digests_.Find(path, found.stat, now)) return *known;
    OPS_ASSIGN(Digest digest, env_->HashFile(path));
    if (env_->Stat(path) == found.stat) digests_.Remember(path, found.stat, digest, now);
    return digest;
  }

  // `scratch` is gone afterwards.
  Result<MoveOutcome> BuildAndMove(const std::vector<TreeEntry>& entries,
                                   const std::string& scratch, const std::string& path) {
    Removal removal(scratch);
    OPS_TRY(BuildTree(blobs_, entries, scratch));
    return MoveIntoPlace(scratch, path);
  }

  std::string root_;
  std::unique_ptr<Env> env_;
  ScratchDir scratch_;
  BlobStore blobs_;
  DigestCache digests_;  // of files outside the store
};

}  // namespace

Result<std::unique_ptr<ContentStore>> OpenContentStore(const std::string& state_dir) {
  return std::make_unique<DirectoryStore>(state_dir, MakeRealEnv());
}

}  // namespace opsc
