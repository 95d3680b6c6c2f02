#include "runtime/store/live_contents.h"

#include <fcntl.h>

#include "runtime/store/posix_file.h"
#include "runtime/store/tree.h"

namespace opsc {
namespace {

constexpr std::string_view kTreeMagic = "opsc.tree/1\n";
constexpr std::string_view kLogs = "logs/";

void CollectText(std::string_view text, NamedThings& named) {
  if (auto digest = Digest::FromHex(text)) named.digests.insert(*digest);
  if (text.starts_with(kLogs)) named.logs.emplace(text);
}

void CollectBytes(std::string_view bytes, NamedThings& named) {
  Digest digest;
  if (bytes.size() == digest.bytes.size()) {
    std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    named.digests.insert(digest);
  }
  CollectText(bytes, named);
}

// The contents that a tree names; nothing where the content is no tree.
std::vector<Digest> ReadTree(const std::string& path) {
  Fd fd = OpenFd(path, O_RDONLY | O_NOFOLLOW);
  char head[kTreeMagic.size()] = {};
  if (!fd || ReadFully(fd.get(), head, sizeof head) != sizeof head) return {};
  if (std::string_view(head, sizeof head) != kTreeMagic) return {};
  auto rest = ReadToEnd(fd.get(), path);
  if (!rest) return {};
  auto entries = DecodeTree(std::string(kTreeMagic) + *rest);
  if (!entries) return {};
  std::vector<Digest> named;
  for (const TreeEntry& entry : *entries) named.push_back(entry.blob);
  return named;
}

}  // namespace

void NamedThings::Collect(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kFile:
      digests.insert(value.AsFile().digest);
      return;
    case ValueKind::kString:
      return CollectText(value.AsString(), *this);
    case ValueKind::kBytes:
      return CollectBytes(value.AsString(), *this);
    case ValueKind::kList:
      for (const Value& item : value.AsList()) Collect(item);
      return;
    case ValueKind::kRecord:
      for (const auto& [name, field] : value.AsRecord()) Collect(field);
      return;
    case ValueKind::kFiles:
      for (const Value& file : value.AsFiles().files) Collect(file);
      return;
    case ValueKind::kTemplate:
      for (const Value& hole : value.AsTemplate().holes) Collect(hole);
      return;
    case ValueKind::kInstance:
      return Collect(value.AsInstance().fields);
    default:
      return;
  }
}

LiveContents::LiveContents(std::vector<StoredDigest> contents) {
  for (StoredDigest& content : contents) {
    contents_.emplace(content.digest, std::move(content.file));
  }
}

uint64_t LiveContents::Mark(const std::unordered_set<Digest>& digests) {
  std::unordered_set<Digest> fresh = Unmarked(digests);
  uint64_t bytes = BytesOf(fresh);
  live_.merge(fresh);
  return bytes;
}

uint64_t LiveContents::Cost(const std::unordered_set<Digest>& digests) const {
  return BytesOf(Unmarked(digests));
}

std::unordered_set<Digest> LiveContents::Unmarked(const std::unordered_set<Digest>& digests) const {
  std::unordered_set<Digest> found;
  std::vector<Digest> open(digests.begin(), digests.end());
  while (!open.empty()) {
    Digest digest = open.back();
    open.pop_back();
    auto content = contents_.find(digest);
    if (content == contents_.end() || live_.contains(digest)) continue;
    if (!found.insert(digest).second) continue;
    for (const Digest& inner : ReadTree(content->second.path)) open.push_back(inner);
  }
  return found;
}

uint64_t LiveContents::BytesOf(const std::unordered_set<Digest>& digests) const {
  uint64_t bytes = 0;
  for (const Digest& digest : digests) bytes += contents_.at(digest).bytes;
  return bytes;
}

}  // namespace opsc
