// What the world did: the error channel of everything that is neither the user's source
// (see compiler/diag) nor our own bug (see check.h).
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace opsc {

// Who has to act on an error. Decides the exit code, never the text.
enum class ErrorKind {
  kInput,        // what was asked for cannot be done: bad flag, unknown address, stale plan
  kEnvironment,  // the system said no: disk full, permission denied, program missing
  kConflict,     // somebody else holds what we need: locked state, changed object
  kCorrupt,      // stored data fails its own check
  kCancelled,    // a signal or a deadline ended it
  kTask,         // a command of the user's ended with a failure
  kDenied,       // a gate, policy or approval said no
};

// One failure in the user's words: what happened, then (`hint`) the way out.
struct Error {
  ErrorKind kind = ErrorKind::kEnvironment;
  std::string message;
  std::string hint;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(ErrorKind kind, std::string message, std::string hint = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(hint)});
}

// "CONTEXT: strerror(errno_value)" as an environment error.
std::unexpected<Error> FailErrno(std::string context, int errno_value);

}  // namespace opsc

#define OPS_CONCAT_(a, b) a##b
#define OPS_CONCAT(a, b) OPS_CONCAT_(a, b)

// OPS_TRY(status_expr): returns its error from the enclosing function.
#define OPS_TRY(expr)                                                \
  do {                                                               \
    if (auto ops_try_status = (expr); !ops_try_status.has_value()) { \
      return std::unexpected(std::move(ops_try_status).error());     \
    }                                                                \
  } while (false)

// OPS_ASSIGN(auto x, result_expr): binds the value or returns the error.
#define OPS_ASSIGN(decl, expr) OPS_ASSIGN_IMPL_(OPS_CONCAT(ops_result_, __LINE__), decl, expr)
#define OPS_ASSIGN_IMPL_(tmp, decl, expr)                               \
  auto tmp = (expr);                                                    \
  if (!tmp.has_value()) return std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
