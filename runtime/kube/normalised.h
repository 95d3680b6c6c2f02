// Values that the server keeps in another form than they were written: "1000m" as "1".
#pragma once

#include "runtime/value/value.h"

namespace opsc {

// What of `sent` the server has as another value, as a record of path → that value. `seen` is what
// it answered, in the shape of `sent`. Secrets are left out.
Value NormalisedBy(const Value& sent, const Value& seen);

// `seen`, but as `recorded` has it wherever the server only normalised it, as `normalised` knows.
Value Denormalise(const Value& recorded, const Value& seen, const Value& normalised);

}  // namespace opsc
