// Whatever stands in a state's files: reading it never crashes, and what is not ours is refused.
//
// The first byte of an input says what the rest is:
//   D  state.db          W  state.db-wal beside a good state.db
//   J  a document for Import           R  the body of a journal record, and an entry
//   T  a tree of the content store     C  the digest cache
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/store/digest_cache.h"
#include "runtime/store/journal_record.h"
#include "runtime/store/store.h"
#include "runtime/store/tree.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

// A scratch directory of this process.
class Scratch {
 public:
  Scratch() {
    std::string base = fs::exists("/dev/shm") ? "/dev/shm" : "/tmp";
    std::string pattern = base + "/opsc-fuzz-XXXXXX";
    OPS_CHECK(mkdtemp(pattern.data()) != nullptr, "the temporary directory is writable");
    path_ = pattern;
    OPS_CHECK(OpenJournal(path_ + "/good").has_value(), "a state can be made");
  }
  ~Scratch() { fs::remove_all(path_); }

  // An empty state directory.
  std::string Fresh() const {
    fs::remove_all(path_ + "/state");
    fs::create_directory(path_ + "/state");
    return path_ + "/state";
  }
  std::string good() const { return path_ + "/good"; }

 private:
  std::string path_;
};

void Write(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

void ReadAll(Journal& journal) {
  (void)journal.Entries();
  (void)journal.Serial();
  (void)journal.OpenIntents();
  (void)journal.ExpectedDurations();
  if (auto runs = journal.Runs(10); runs && !runs->empty()) (void)journal.Steps(runs->front().id);
}

void Change(Journal& journal) {
  auto run = journal.BeginRun("apply");
  if (!run) return;
  StateEntry entry;
  entry.address = "x";
  (void)journal.Record({&entry, 1}, {});
  if (auto entries = journal.Entries(); entries && entries->size() > 1) {
    (void)journal.Move(entries->front().address, "moved");
  }
  if (auto intents = journal.OpenIntents(); intents && !intents->empty()) {
    (void)journal.Abandon(intents->front().id, true, {});
  }
}

void TryState(const std::string& dir) {
  (void)VerifyJournal(dir);
  auto journal = OpenJournal(dir);
  if (!journal) return;
  ReadAll(**journal);
  if (auto text = (*journal)->Export()) (void)(*journal)->Import(*text);
  Change(**journal);
}

void TryImport(const std::string& dir, std::string_view text) {
  auto journal = OpenJournal(dir);
  if (!journal || !(*journal)->Import(text)) return;
  OPS_CHECK((*journal)->Entries().has_value(), "what was imported can be read");
  auto exported = (*journal)->Export();
  OPS_CHECK(exported && (*journal)->Import(*exported).has_value(), "an export can be imported");
  OPS_CHECK(VerifyJournal(dir).has_value(), "an import keeps the journal whole");
}

void TryCodecs(std::string_view bytes) {
  if (auto changes = DecodeChanges(bytes)) {
    OPS_CHECK(EncodeChanges(*changes) == bytes, "changes have one encoding");
  }
  (void)DecodeEntry(bytes);
}

void TryTree(std::string_view bytes) {
  if (auto entries = DecodeTree(bytes)) {
    auto again = EncodeTree(*entries);
    OPS_CHECK(again && *again == bytes, "a tree has one encoding");
  }
}

void Try(const Scratch& scratch, char kind, std::string_view bytes) {
  std::string dir = scratch.Fresh();
  switch (kind) {
    case 'D':
      Write(dir + "/state.db", bytes);
      return TryState(dir);
    case 'W':
      fs::copy_file(scratch.good() + "/state.db", dir + "/state.db");
      Write(dir + "/state.db-wal", bytes);
      return TryState(dir);
    case 'J':
      fs::copy_file(scratch.good() + "/state.db", dir + "/state.db");
      return TryImport(dir, bytes);
    case 'R':
      return TryCodecs(bytes);
    case 'T':
      return TryTree(bytes);
    case 'C': {
      Write(dir + "/cache", bytes);
      DigestCache cache(dir + "/cache");
      (void)cache.Find("a", FileStat{}, Time{});
      return;
    }
    default:
      return;
  }
}

}  // namespace
}  // namespace opsc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const opsc::Scratch scratch;
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  opsc::Try(scratch, bytes[0], bytes.substr(1));
  return 0;
}
