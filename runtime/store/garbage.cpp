// Finds and removes what nothing needs: first everything that could be kept is put in order, newest
// first; then each is kept or not; then what was not kept is removed.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "runtime/store/live_contents.h"
#include "runtime/store/posix_file.h"
#include "runtime/store/store_care.h"
#include "runtime/store/stored_record.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// A result, or the logs of one run: kept or removed as a whole.
struct Unit {
  enum class Kind { kResult, kLogs };
  Kind kind = Kind::kResult;
  std::vector<StoredFileInfo> files;
  NamedThings named;  // by a result
  Time written{};     // or used
  bool kept = false;
};

uint64_t BytesOf(const Unit& unit) {
  uint64_t bytes = 0;
  for (const StoredFileInfo& file : unit.files) bytes += file.bytes;
  return bytes;
}

Unit ResultUnit(StoredDigest record, const GarbageOptions& options) {
  Unit unit;
  auto used = options.used.find(record.digest);
  unit.written = std::max(record.file.written, used == options.used.end() ? Time{} : used->second);
  Fd fd = OpenFd(record.file.path, O_RDONLY | O_NOFOLLOW);
  auto text = fd ? ReadToEnd(fd.get(), record.file.path) : Result<std::string>("");
  if (text) {
    if (auto bytes = RecordContent(record.digest, *text)) {
      if (auto value = DecodeValue(*bytes)) unit.named.Collect(*value);
    }
  }
  unit.named.digests.erase(record.digest);  // its own key
  unit.files.push_back(std::move(record.file));
  return unit;
}

Unit LogsUnit(const std::string& folder) {
  Unit unit;
  unit.kind = Unit::Kind::kLogs;
  unit.files = ListFiles(folder);
  for (const StoredFileInfo& file : unit.files) {
    unit.written = std::max(unit.written, file.written);
  }
  return unit;
}

std::vector<Unit> FindUnits(const std::string& state_dir, const GarbageOptions& options) {
  std::vector<Unit> units;
  for (StoredDigest& record : ListDigests(state_dir + "/store/records")) {
    units.push_back(ResultUnit(std::move(record), options));
  }
  std::string logs = state_dir + "/logs";
  for (const std::string& run : ListDirectories(logs)) units.push_back(LogsUnit(logs + "/" + run));
  std::ranges::stable_sort(units, std::greater<>(), &Unit::written);
  return units;
}

Result<NamedThings> NamedByState(Journal& journal) {
  NamedThings named;
  OPS_ASSIGN(std::vector<StateEntry> entries, journal.Entries());
  for (const StateEntry& entry : entries) {
    for (const Value* value : {&entry.fields, &entry.outs, &entry.recorded}) named.Collect(*value);
  }
  OPS_ASSIGN(std::vector<OpenIntent> intents, journal.OpenIntents());
  for (const OpenIntent& intent : intents) {
    for (const Value* value : {&intent.fields, &intent.recorded}) named.Collect(*value);
  }
  return named;
}

// When the last run began: what it has made stays. Without runs: never.
Result<Time> LastRunStart(Journal& journal) {
  OPS_ASSIGN(std::vector<RunRecord> runs, journal.Runs(1));
  return runs.empty() ? Time::max() : runs.front().started;
}

// An old result costs nothing where all that it names stays for another reason; one that names
// nothing is only as good as its age.
bool IsFree(const Unit& unit, const LiveContents& contents) {
  size_t there = 0;
  for (const Digest& digest : unit.named.digests) {
    if (!contents.all().contains(digest)) continue;
    if (!contents.is_live(digest)) return false;
    ++there;
  }
  return there > 0;
}

// Decides for each unit, newest first.
void DecideUnits(std::vector<Unit>& units, LiveContents& contents, uint64_t total, Time last_run,
                 const GarbageOptions& options) {
  auto keep = [&](Unit& unit) {
    total += BytesOf(unit) + contents.Mark(unit.named.digests);
    unit.kept = true;
  };
  for (Unit& unit : units) {
    if (unit.written >= last_run) keep(unit);
  }
  for (Unit& unit : units) {
    if (unit.kept || unit.written < options.keep_from) continue;
    uint64_t cost = BytesOf(unit) + contents.Cost(unit.named.digests);
    if (!options.max_bytes || total + cost <= *options.max_bytes) keep(unit);
  }
  for (Unit& unit : units) {
    if (!unit.kept && IsFree(unit, contents)) keep(unit);
  }
}

// Removes files, or only counts them.
class Sweep {
 public:
  explicit Sweep(GarbageOptions::Mode mode) : mode_(mode) {}

  Status Remove(const StoredFileInfo& file, GarbageAmount& amount) {
    if (mode_ == GarbageOptions::Mode::kRemove && unlink(file.path.c_str()) != 0 &&
        errno != ENOENT) {
      return FailErrno("cannot remove " + file.path, errno);
    }
    amount.Add(file.bytes);
    return {};
  }
  // Also a directory that is empty now; one that is not stays.
  void RemoveDirectory(const std::string& path) {
    if (mode_ == GarbageOptions::Mode::kRemove) (void)rmdir(path.c_str());
  }

 private:
  GarbageOptions::Mode mode_;
};

Status SweepResults(const std::vector<Unit>& units, Sweep& sweep, Garbage& found) {
  for (const Unit& unit : units) {
    if (unit.kind != Unit::Kind::kResult) continue;
    if (unit.kept) {
      found.kept.Add(BytesOf(unit));
    } else {
      OPS_TRY(sweep.Remove(unit.files.front(), found.results));
    }
  }
  return {};
}

Status SweepContents(const LiveContents& contents, Sweep& sweep, Garbage& found) {
  for (const auto& [digest, file] : contents.all()) {
    if (contents.is_live(digest)) {
      found.kept.Add(file.bytes);
    } else {
      OPS_TRY(sweep.Remove(file, found.contents));
    }
  }
  return {};
}

// A log that a kept result names is what its task has printed last.
Status SweepLogs(const std::string& state_dir, const std::vector<Unit>& units, Sweep& sweep,
                 Garbage& found) {
  std::unordered_set<std::string> named;
  for (const Unit& unit : units) {
    if (unit.kept) named.insert(unit.named.logs.begin(), unit.named.logs.end());
  }
  for (const Unit& unit : units) {
    if (unit.kind != Unit::Kind::kLogs) continue;
    std::unordered_set<std::string> folders;
    for (const StoredFileInfo& file : unit.files) {
      if (unit.kept || named.contains(file.path.substr(state_dir.size() + 1))) {
        found.kept.Add(file.bytes);
        continue;
      }
      OPS_TRY(sweep.Remove(file, found.logs));
      folders.emplace(DirName(file.path));
    }
    for (std::string folder : folders) {
      for (; folder.size() > state_dir.size() + 5; folder = std::string(DirName(folder))) {
        sweep.RemoveDirectory(folder);
      }
    }
  }
  return {};
}

Status SweepDamaged(const std::string& state_dir, const GarbageOptions& options, Sweep& sweep,
                    Garbage& found) {
  for (const StoredFileInfo& file : ListFiles(state_dir + "/store/corrupt")) {
    if (file.written < options.keep_from) OPS_TRY(sweep.Remove(file, found.damaged));
  }
  return {};
}

}  // namespace

Result<Garbage> CollectGarbage(const std::string& state_dir, Journal& journal,
                               const GarbageOptions& options) {
  OPS_ASSIGN(NamedThings by_state, NamedByState(journal));
  OPS_ASSIGN(Time last_run, LastRunStart(journal));
  LiveContents contents(ListDigests(state_dir + "/store/blobs"));
  uint64_t total = contents.Mark(by_state.digests);
  std::vector<Unit> units = FindUnits(state_dir, options);
  DecideUnits(units, contents, total, last_run, options);
  Garbage found;
  Sweep sweep(options.mode);
  OPS_TRY(SweepResults(units, sweep, found));
  OPS_TRY(SweepContents(contents, sweep, found));
  OPS_TRY(SweepLogs(state_dir, units, sweep, found));
  OPS_TRY(SweepDamaged(state_dir, options, sweep, found));
  return found;
}

}  // namespace opsc
