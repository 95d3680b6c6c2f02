// Fetching in a process of its own, which can be ended whatever the server does.
#pragma once

#include <stop_token>

#include "compiler/driver/sync/sync_spec.h"

namespace opsc {

// Runs `opsc __fetch` for the mirror of `spec`, for no longer than its `fetch_timeout`.
Status FetchBeside(const SyncSpec& spec, std::stop_token stop);

}  // namespace opsc
