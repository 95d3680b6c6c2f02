// Other sources for an engine that goes on.
#pragma once

#include "compiler/driver/project/engine.h"

namespace opsc {

// Tasks see these sources and mask these secrets from now on: of `options`, `source_root` and
// `secrets` count.
void UseSources(Engine& engine, const CliSession& session, const Args& args, const Project& project,
                const EngineOptions& options);

}  // namespace opsc
