// The adapter to SQLite: errors as Result, statements prepared once.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace opsc {

// Bytes to bind as a BLOB (a string_view binds as TEXT).
struct Blob {
  std::string_view bytes;
};

// A prepared statement. Views that the columns give last until the next Step or Bind.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Ends the last use and binds all parameters anew. Texts must live until the last Step.
  template <typename... Args>
  void Start(const Args&... args) {
    Reset();
    int index = 0;
    (Bind(++index, args), ...);
  }
  // Is there a row?
  Result<bool> Step();
  void Reset();

  int64_t Int(int column) const;
  std::string_view Text(int column) const;
  std::string_view Bytes(int column) const;
  bool IsNull(int column) const;

 private:
  void Bind(int index, std::string_view text);
  void Bind(int index, Blob blob);
  void Bind(int index, std::integral auto number) { BindInt(index, static_cast<int64_t>(number)); }
  void BindInt(int index, int64_t number);

  sqlite3* db_;
  sqlite3_stmt* statement_;
};

// Ends a statement at the end of a scope, so that it holds no read transaction open.
class StatementScope {
 public:
  explicit StatementScope(Statement* statement) : statement_(statement) {}
  ~StatementScope() { statement_->Reset(); }
  StatementScope(const StatementScope&) = delete;
  StatementScope& operator=(const StatementScope&) = delete;
  Statement* operator->() const { return statement_; }

 private:
  Statement* statement_;
};

// One connection; use it from one thread at a time.
class Database {
 public:
  enum class Mode { kReadWrite, kCreate };
  static Result<std::unique_ptr<Database>> Open(const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Leaves the write-ahead log to the next connection, where closing would move it into the
  // database and sync both.
  void KeepLogOnClose();
  // Several statements without parameters and rows.
  Status Script(const char* sql);
  // The statement of a string literal, prepared at its first use. REQUIRES: `sql` is a literal.
  Result<Statement*> Prepare(const char* sql);
  // One statement without rows.
  template <typename... Args>
  Status Run(const char* sql, const Args&... args) {
    OPS_ASSIGN(Statement * statement, Prepare(sql));
    statement->Start(args...);
    auto stepped = statement->Step();
    statement->Reset();
    if (!stepped) return std::unexpected(std::move(stepped).error());
    return {};
  }
  // The number in the first column of the first row.
  template <typename... Args>
  Result<int64_t> Number(const char* sql, const Args&... args) {
    OPS_ASSIGN(Statement * statement, Prepare(sql));
    statement->Start(args...);
    StatementScope scope(statement);
    OPS_TRY(statement->Step());
    return statement->Int(0);
  }

 private:
  explicit Database(sqlite3* db) : db_(db) {}

  sqlite3* db_;
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
};

}  // namespace opsc
