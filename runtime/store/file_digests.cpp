// FileDigests over an Env and the cache file PROJECT/.ops/cache/digests.
#include "runtime/store/digest_cache.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

constexpr int kAttempts = 3;
constexpr int kLinks = 40;  // as many as the kernel follows

// Thread-safe.
class CachedFileDigests : public FileDigests {
 public:
  CachedFileDigests(const std::string& state_dir, Env* env)
      : env_(env), cache_(state_dir + "/cache/digests") {}

  Result<Digest> Of(const std::string& path) override {
    FileStat stat = env_->Stat(path);
    if (stat.type == FileType::kFile) return OfFile(path, stat);
    return OfOther(path, stat);
  }

  Status Save() override { return cache_.Save(env_->Now()); }

 private:
  // Follows links to a file.
  Result<Digest> OfOther(std::string path, FileStat stat) {
    for (int links = 0; stat.type == FileType::kSymlink && links < kLinks; ++links) {
      OPS_ASSIGN(std::string target, env_->ReadLink(path));
      path = target.starts_with('/') ? target : std::string(DirName(path)) + "/" + target;
      stat = env_->Stat(path);
    }
    if (stat.type == FileType::kFile) return OfFile(path, stat);
    if (stat.type == FileType::kMissing) {
      return Fail(ErrorKind::kInput, path + " does not exist");
    }
    return Fail(ErrorKind::kInput, path + " is not a file", "only files have a digest");
  }

  Result<Digest> OfFile(const std::string& path, FileStat stat) {
    Time now = env_->Now();
    if (auto known = cache_.Find(path, stat, now)) return *known;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      OPS_ASSIGN(Digest digest, env_->HashFile(path));
      FileStat after = env_->Stat(path);
      if (after == stat) {
        cache_.Remember(path, stat, digest, now);
        return digest;
      }
      stat = after;
      now = env_->Now();
    }
    return Fail(ErrorKind::kEnvironment, path + " changes while it is read",
                "let the program that writes it finish first");
  }

  Env* env_;
  DigestCache cache_;
};

}  // namespace

std::unique_ptr<FileDigests> OpenFileDigests(const std::string& state_dir, Env* env) {
  return std::make_unique<CachedFileDigests>(state_dir, env);
}

}  // namespace opsc
