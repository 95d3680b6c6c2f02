#include "runtime/exec/out_directory.h"

#include "runtime/exec/framed_file.h"
#include "runtime/exec/scratch.h"
#include "runtime/graph/address.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr int64_t kFormat = 1;
constexpr size_t kSlack = 1000;
constexpr int64_t kTick = 20'000'000;  // as coarse as time stamps of files can be, with a margin

void AddStat(const FileStat& stat, Hasher& hasher) {
  const int64_t numbers[] = {static_cast<int64_t>(stat.type),
                             static_cast<int64_t>(stat.mode),
                             static_cast<int64_t>(stat.size),
                             static_cast<int64_t>(stat.inode),
                             stat.mtime_ns,
                             stat.ctime_ns};
  hasher.Part(std::string_view(reinterpret_cast<const char*>(numbers), sizeof numbers));
}

void AddTree(Env& env, const std::string& path, const FileStat& stat, Hasher& hasher,
             int64_t& newest) {
  hasher.Part(path);
  AddStat(stat, hasher);
  newest = std::max(newest, stat.ctime_ns);
  if (stat.type != FileType::kDirectory) return;
  const auto entries = env.List(path);
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    const std::string below = JoinPath(path, entry.name);
    AddTree(env, below, env.Stat(below), hasher, newest);
  }
}

void AddEntries(Env& env, const std::string& path, Sightings& seen) {
  const FileStat stat = env.Stat(path);
  seen.push_back({.look = Sighting::Look::kEntry, .path = path, .stat = stat});
  if (stat.type != FileType::kDirectory) return;
  const auto entries = env.List(path);
  if (!entries) return;
  for (const DirEntry& entry : *entries) AddEntries(env, JoinPath(path, entry.name), seen);
}

std::string EncodeStamp(const std::string& path, const Digest& tree, const Digest& stats,
                        bool settled) {
  return EncodeValue(Value::List({Value::Int(kFormat), Value::Bytes(path), Value::Bytes(tree.Hex()),
                                  Value::Bytes(stats.Hex()), Value::Bool(settled)}),
                     "");
}

}  // namespace

OutDirectory::OutDirectory(const std::string& state_dir, Env* env, ContentStore* store)
    : directory_(JoinPath(state_dir, "out")),
      stamps_path_(JoinPath(state_dir, "cache/outs")),
      env_(env),
      store_(store) {}

void OutDirectory::Load() {
  if (loaded_) return;
  loaded_ = true;
  for (const std::string& record : ReadFramedFile(stamps_path_)) {
    ++in_file_;
    const auto value = DecodeValue(record);
    if (!value || !value->is(ValueKind::kList) || value->AsList().size() != 5) continue;
    const auto fields = value->AsList();
    const auto tree = Digest::FromHex(fields[2].AsString());
    const auto stats = Digest::FromHex(fields[3].AsString());
    if (fields[0].AsInt() != kFormat || !tree || !stats) continue;
    stamps_[std::string(fields[1].AsString())] = {
        .tree = *tree, .stats = *stats, .settled = fields[4].AsBool(), .fresh = false};
  }
}

OutDirectory::Look OutDirectory::LookAt(const std::string& path) const {
  const std::string absolute = JoinPath(directory_, path);
  const FileStat stat = env_->Stat(absolute);
  Look look;
  if (stat.type == FileType::kMissing) return look;
  Hasher hasher;
  AddTree(*env_, absolute, stat, hasher, look.newest_ns);
  look.stats = hasher.Finish();
  return look;
}

bool OutDirectory::IsSettled(const Look& look) const {
  return env_->Now().time_since_epoch().count() - look.newest_ns > kTick;
}

Status OutDirectory::Materialize(const std::string& address, const Value& outs) {
  if (!outs.is(ValueKind::kRecord)) return {};
  std::string place;
  for (const auto& [name, value] : outs.AsRecord()) {
    if (!value.is(ValueKind::kFile) || value.AsFile().producer.empty()) continue;
    if (place.empty()) place = AddressToPath(address);
    OPS_TRY(Put(JoinPath(place, value.AsFile().path), value.AsFile().digest));
  }
  return {};
}

Status OutDirectory::Put(const std::string& path, const Digest& tree) {
  {
    const Look look = LookAt(path);
    std::lock_guard lock(mutex_);
    Load();
    const auto known = stamps_.find(path);
    if (!look.stats.empty() && known != stamps_.end() && known->second.settled &&
        known->second.tree == tree && known->second.stats == look.stats) {
      known->second.wanted = true;
      return {};
    }
  }
  return Verify(path, tree);
}

Status OutDirectory::Verify(const std::string& path, const Digest& tree) {
  const std::string absolute = JoinPath(directory_, path);
  // Looked at before it is compared: a change in between makes the stamp wrong, never the result.
  Look look = LookAt(path);
  bool settled = IsSettled(look);
  bool matches = false;
  if (!look.stats.empty()) {
    OPS_ASSIGN(matches, store_->Matches(tree, absolute));
  }
  if (!matches) {
    OPS_TRY(MakeScratchDirectory(std::string(DirName(absolute))));
    OPS_TRY(store_->Restore(tree, absolute));
    look = LookAt(path);
    settled = false;
  }
  std::lock_guard lock(mutex_);
  Load();
  stamps_[path] = {
      .tree = tree, .stats = look.stats, .settled = settled, .fresh = true, .wanted = true};
  return {};
}

Status OutDirectory::Save() {
  std::vector<std::pair<std::string, Digest>> young;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [path, stamp] : stamps_) {
      if (stamp.fresh && !stamp.settled) young.emplace_back(path, stamp.tree);
    }
  }
  for (const auto& [path, tree] : young) OPS_TRY(Verify(path, tree));
  std::lock_guard lock(mutex_);
  std::vector<std::string> fresh, all;
  for (auto& [path, stamp] : stamps_) {
    if (stamp.fresh) fresh.push_back(EncodeStamp(path, stamp.tree, stamp.stats, stamp.settled));
    stamp.fresh = false;
  }
  if (fresh.empty()) return {};
  in_file_ += fresh.size();
  if (in_file_ <= 2 * stamps_.size() + kSlack) return AppendFramedFile(stamps_path_, fresh);
  for (const auto& [path, stamp] : stamps_) {
    all.push_back(EncodeStamp(path, stamp.tree, stamp.stats, stamp.settled));
  }
  in_file_ = all.size();
  return RewriteFramedFile(stamps_path_, all);
}

void OutDirectory::AddSeen(Sightings& seen) {
  std::lock_guard lock(mutex_);
  for (const auto& [path, stamp] : stamps_) {
    if (stamp.wanted) AddEntries(*env_, JoinPath(directory_, path), seen);
  }
}

}  // namespace opsc
