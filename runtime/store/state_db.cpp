#include "runtime/store/state_db.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/store/posix_file.h"

namespace opsc {
namespace {

constexpr int64_t kApplicationId = 0x4F505343;  // "OPSC"
constexpr int64_t kSchemaVersion = 1;

// See docs/formats/journal.md. Names and meanings are a format: a change raises kSchemaVersion.
constexpr const char* kSchema = R"sql(
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  PRAGMA application_id = 0x4F505343;
  PRAGMA user_version = 1;
  BEGIN;
  CREATE TABLE meta(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
  CREATE TABLE journal(
    seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, time INTEGER NOT NULL,
    body BLOB NOT NULL, digest BLOB NOT NULL);
  CREATE TABLE entries(
    address TEXT PRIMARY KEY, serial INTEGER NOT NULL, entry BLOB NOT NULL, digest BLOB NOT NULL);
  CREATE TABLE intents(
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, address TEXT NOT NULL, type TEXT NOT NULL,
    action TEXT NOT NULL, token TEXT NOT NULL, fields BLOB NOT NULL, recorded BLOB NOT NULL);
  CREATE TABLE runs(
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, command TEXT NOT NULL, user TEXT NOT NULL,
    started INTEGER NOT NULL, ended INTEGER NOT NULL, outcome INTEGER NOT NULL,
    summary TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE steps(
    run TEXT, seq INTEGER, place INTEGER, address TEXT NOT NULL, action TEXT NOT NULL,
    result TEXT NOT NULL, message TEXT NOT NULL, started INTEGER NOT NULL,
    duration INTEGER NOT NULL, PRIMARY KEY(run, seq, place)) WITHOUT ROWID;
  CREATE TABLE durations(
    address TEXT PRIMARY KEY, d0 INTEGER NOT NULL, d1 INTEGER, d2 INTEGER, d3 INTEGER,
    d4 INTEGER) WITHOUT ROWID;
  INSERT INTO meta VALUES ('serial', 0), ('base_seq', 0), ('base_digest', zeroblob(32));
)sql";

bool Exists(const std::string& path) {
  struct stat s{};
  return lstat(path.c_str(), &s) == 0;
}

Status WriteNewDb(const std::string& path) {
  OPS_ASSIGN(std::unique_ptr<Database> db, Database::Open(path, Database::Mode::kCreate));
  OPS_TRY(db->Script(kSchema));
  std::string salt = RandomBytes(32);
  std::string lineage = HexOf(RandomBytes(16));
  OPS_TRY(db->Run("INSERT INTO meta VALUES ('salt', ?1), ('lineage', ?2)", Blob{salt},
                  std::string_view(lineage)));
  return db->Script("COMMIT; PRAGMA journal_mode = WAL");
}

// Writes a temporary file, syncs it and links it into place: a state.db is there whole or not at
// all, and of two processes that make one the first wins.
Status CreateStateDb(const std::string& path) {
  std::string temporary = fmt::format("{}.new-{}", path, HexOf(RandomBytes(8)));
  Status made = WriteNewDb(temporary);
  if (made) {
    Fd fd = OpenFd(temporary, O_RDWR);
    if (!fd || fsync(fd.get()) != 0) made = FailErrno("cannot sync " + temporary, errno);
  }
  if (made && link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    made = FailErrno("cannot create " + path, errno);
  }
  for (const char* suffix : {"", "-wal", "-shm"}) unlink((temporary + suffix).c_str());
  if (made) made = SyncDirectoryOf(path);
  return made;
}

// A write-ahead log without its database would be replayed into a new one.
Status RefuseOrphanLog(const std::string& path) {
  struct stat s{};
  if (stat((path + "-wal").c_str(), &s) != 0 || s.st_size == 0 || Exists(path)) return {};
  return Fail(ErrorKind::kCorrupt, path + " is gone, but its write-ahead log is still there",
              "put state.db back beside it; or move state.db-wal away and restore a backup of "
              "`opsc state pull` with `opsc state push`");
}

Status CheckIsOurs(Database& db, const std::string& path) {
  OPS_ASSIGN(int64_t application, db.Number("PRAGMA application_id"));
  OPS_ASSIGN(int64_t version, db.Number("PRAGMA user_version"));
  if (application != kApplicationId) {
    return Fail(ErrorKind::kCorrupt, path + " is not a state of opsc",
                "move it aside; restore a backup of `opsc state pull` with `opsc state push`");
  }
  if (version != kSchemaVersion) {
    return Fail(ErrorKind::kInput,
                fmt::format("{} has format {}, this opsc knows {}", path, version, kSchemaVersion),
                "it was written by another version of opsc: use that one, or a newer one");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> OpenStateDb(const std::string& state_dir) {
  std::string path = StateDbPath(state_dir);
  if (!Exists(path)) {
    OPS_TRY(MakeDirectories(state_dir));
    OPS_TRY(RefuseOrphanLog(path));
    OPS_TRY(CreateStateDb(path));
  }
  OPS_ASSIGN(std::unique_ptr<Database> db, Database::Open(path, Database::Mode::kReadWrite));
  OPS_TRY(CheckIsOurs(*db, path));
  OPS_TRY(db->Script(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -1024"));
  return db;
}

Result<StateIdentity> ReadIdentity(Database& db) {
  OPS_ASSIGN(Statement * statement,
             db.Prepare("SELECT (SELECT value FROM meta WHERE name = 'salt'),"
                        " (SELECT value FROM meta WHERE name = 'lineage')"));
  statement->Start();
  StatementScope scope(statement);
  OPS_TRY(statement->Step());
  StateIdentity identity{std::string(statement->Bytes(0)), std::string(statement->Text(1))};
  if (identity.salt.size() != 32 || identity.lineage.empty()) {
    return Fail(ErrorKind::kCorrupt, "state.db has lost its identity",
                "move it aside and restore a backup of `opsc state pull` with `opsc state push`");
  }
  return identity;
}

}  // namespace opsc
