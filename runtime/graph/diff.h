// Field trees against each other: what differs, where it is pending or secret, and how two of them
// are laid over each other. Paths are written as in `spec.ports[0].name` and `labels["a.b/c"]`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/plan.h"

namespace opsc {

// The differences between two field trees, by path, at most `limit`; leaves out what lies at or
// below an `ignore` path. Absent and null are the same. Something pending always differs.
std::vector<FieldDiff> DiffFields(const Value& before, const Value& after,
                                  const std::vector<std::string>& ignore, size_t limit = 10000);

// Is `path` equal to `prefix` or below it? "spec" covers "spec.replicas" and "spec[0]", not
// "specs".
bool PathCovers(std::string_view prefix, std::string_view path);
bool AnyCovers(const std::vector<std::string>& prefixes, std::string_view path);

// Paths of the innermost values that are pending, or secret.
std::vector<std::string> PendingPaths(const Value& fields);
std::vector<std::string> SecretPaths(const Value& fields);
// What `after` names as `before` does, with another content: "src/server.sh", "build.server".
std::vector<std::string> ChangedFiles(const Value& before, const Value& after);
// Adds the addresses that `value` waits for, in order of appearance, possibly more than once.
void CollectWaits(const Value& value, std::vector<std::string>& waits);

// `base` where `top` says nothing, `top` elsewhere; records are merged, lists are not.
Value Overlay(const Value& base, const Value& top);
// What of `base` has a counterpart in `shape`, record by record.
Value Restrict(const Value& base, const Value& shape);
// `desired`, but each `ignore` path as it is in `actual` (where `actual` has it).
Value KeepIgnored(const Value& desired, const Value& actual,
                  const std::vector<std::string>& ignore);

// `value` as it may be stored and compared: each secret is its keyed digest. Fails for functions.
Result<Value> Seal(const Value& value, std::string_view secret_salt);

}  // namespace opsc
