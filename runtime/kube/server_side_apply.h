// The writes to one object, and what their refusals mean.
#pragma once

#include <stop_token>

#include "runtime/kube/manifest.h"
#include "runtime/kube/object_reader.h"

namespace opsc {

enum class ApplyMode { kReal, kDryRun };

struct AppliedObject {
  Value object;
  bool created = false;              // it was not there
  std::vector<std::string> taken{};  // "`spec.replicas` from `kubectl-edit`"
};

// Why the server did not do it. `missing`: the object's namespace, say, does not exist; the error
// is of use only where nothing makes it. `no_dry_run`: a webhook would have to be called for real.
struct ApplyRefusal {
  Error error;
  bool missing = false;
  bool no_dry_run = false;
};

// A conflict names the managers who own the fields, an immutable field the way to replace it. What
// others have changed of `earlier`, the fields that opsc applied before, is taken back from them.
std::expected<AppliedObject, ApplyRefusal> ServerSideApply(const ObjectPlace& place,
                                                           const Manifest& manifest,
                                                           const Value& earlier, const SentAs& as,
                                                           ApplyMode mode, std::stop_token stop);

// Takes back all that opsc owns of an object; `nothing` is the object with its name alone.
Status ReleaseFields(const ObjectPlace& place, const Value& nothing, std::stop_token stop);

// Deletes the object if it is the one with `uid`: kConflict where it is another. True: it has gone;
// false: it is going.
Result<bool> DeleteObject(const ObjectPlace& place, const std::string& uid, std::stop_token stop);

}  // namespace opsc
