#include "compiler/driver/project/settled_file.h"

#include <algorithm>

#include "runtime/exec/look.h"
#include "runtime/store/byte_codec.h"

namespace opsc {
namespace {

constexpr std::string_view kMagic = "OPSCSET1";
constexpr size_t kDigestSize = 32;
constexpr size_t kHeadSize = kDigestSize + 4 + 8 + 8 + 4 + 8;  // bytes before the sightings

// Relative to the root where it lies below it; the root itself is "".
std::string_view Relative(std::string_view path, const std::string& root) {
  if (path == root) return "";
  if (!path.starts_with(root) || path.substr(root.size(), 1) != "/") return path;
  return path.substr(root.size() + 1);
}

size_t SharedLength(std::string_view a, std::string_view b) {
  size_t shortest = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + shortest, b.begin()).first -
                             a.begin());
}

bool HasStat(Sighting::Look look) {
  return look == Sighting::Look::kEntry || look == Sighting::Look::kTarget;
}

}  // namespace

std::string EncodeSettled(const SettledRun& run, const std::string& root, Sightings seen) {
  std::ranges::sort(seen, {}, &Sighting::path);
  ByteWriter to;
  to.out = kMagic;
  to.Hash(run.key);
  to.U32(run.week);
  to.U64(run.serial);
  to.U64(run.tasks);
  to.Bytes(run.command);
  to.U64(seen.size());
  std::string_view before;
  for (const Sighting& sighting : seen) {
    std::string_view path = Relative(sighting.path, root);
    size_t shared = SharedLength(before, path);
    to.U8(static_cast<uint8_t>(sighting.look));
    to.U32(static_cast<uint32_t>(shared));
    to.Bytes(path.substr(shared));
    if (HasStat(sighting.look)) to.Stat(sighting.stat);
    if (sighting.look == Sighting::Look::kRealPath) to.Bytes(sighting.target);
    before = path;
  }
  to.Hash(Sha256(to.out));
  return std::move(to.out);
}

std::optional<SettledMemo> DecodeSettled(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kDigestSize || !bytes.starts_with(kMagic)) return std::nullopt;
  std::string_view body = bytes.substr(0, bytes.size() - kDigestSize);
  if (Sha256(body) != ByteReader(bytes.substr(body.size())).Hash()) return std::nullopt;
  ByteReader from(body.substr(kMagic.size()));
  SettledMemo memo;
  memo.run.key = from.Hash();
  memo.run.week = from.U32();
  memo.run.serial = from.U64();
  memo.run.tasks = from.U64();
  memo.run.command = from.Text();
  memo.count = from.U64();
  if (!from.ok()) return std::nullopt;
  memo.seen = body.substr(kMagic.size() + kHeadSize + memo.run.command.size());
  return memo;
}

bool LooksTheSame(const SettledMemo& memo, const std::string& root) {
  SecondLook look(root);
  ByteReader from(memo.seen);
  std::string path, target;
  for (uint64_t i = 0; i < memo.count; ++i) {
    auto how = static_cast<Sighting::Look>(from.U8());
    size_t shared = from.U32();
    if (shared > path.size()) return false;
    path.resize(shared);
    path += from.Bytes();
    FileStat stat = HasStat(how) ? from.Stat() : FileStat();
    target = how == Sighting::Look::kRealPath ? from.Bytes() : std::string_view();
    if (!from.ok() || !look.ShowsTheSame(how, path, stat, target)) return false;
  }
  return from.done();
}

}  // namespace opsc
