#include "runtime/store/sqlite.h"

#include <sqlite3.h>

namespace opsc {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

// What SQLite said, as an error with its way out.
std::unexpected<Error> FailSqlite(sqlite3* db, int code) {
  const char* name = sqlite3_db_filename(db, "main");
  std::string path = name == nullptr || *name == '\0' ? "state.db" : name;
  std::string why = std::string(": ") + sqlite3_errmsg(db);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorKind::kConflict, path + " is busy" + why,
                  "another opsc is writing to it; wait for it and try again");
    case SQLITE_ERROR:       // our statements are fixed, so the tables are not ours
    case SQLITE_CONSTRAINT:  // and what breaks a key was not written by us
    case SQLITE_MISMATCH:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Fail(ErrorKind::kCorrupt, path + " is damaged" + why,
                  "move it aside with its -wal file and restore a backup of `opsc state pull` with "
                  "`opsc state push`; keep the damaged file");
    case SQLITE_FULL:
      return Fail(ErrorKind::kEnvironment, "no room left to write " + path,
                  "make room on this file system, then run opsc again: nothing that was recorded "
                  "is lost");
    case SQLITE_IOERR:
      return Fail(ErrorKind::kEnvironment, "cannot read or write " + path + why,
                  "check that the disk has room and works, then run opsc again: it continues from "
                  "the last recorded step");
    case SQLITE_TOOBIG:
      return Fail(ErrorKind::kInput, "a value is too big to be recorded in " + path,
                  "keep large content in files");
    default:
      return Fail(ErrorKind::kEnvironment, "cannot use " + path + why,
                  "check the permissions of the directory and its files");
  }
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Result<bool> Statement::Step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailSqlite(db_, sqlite3_extended_errcode(db_));
}

void Statement::Reset() {
  sqlite3_reset(statement_);
}

void Statement::Bind(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::Bind(int index, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_STATIC);
}

void Statement::BindInt(int index, int64_t number) {
  sqlite3_bind_int64(statement_, index, number);
}

int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  int size = sqlite3_column_bytes(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

std::string_view Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  int size = sqlite3_column_bytes(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<size_t>(size)};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::kCreate) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> db(new Database(handle));
  if (code != SQLITE_OK) return FailSqlite(handle, code);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // A damaged or hostile file may hold no schema that acts by itself.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return db;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(db_);
}

void Database::KeepLogOnClose() {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Status Database::Script(const char* sql) {
  int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FailSqlite(db_, sqlite3_extended_errcode(db_));
  return {};
}

Result<Statement*> Database::Prepare(const char* sql) {
  std::unique_ptr<Statement>& slot = statements_[sql];
  if (slot == nullptr) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return FailSqlite(db_, sqlite3_extended_errcode(db_));
    slot = std::make_unique<Statement>(db_, statement);
  }
  return slot.get();
}

}  // namespace opsc
