// HTTP to tracking servers, with the identity that the environment gives.
#pragma once

#include "runtime/base/env.h"
#include "runtime/tracking/transport.h"

namespace opsc {

// Says who asks by MLFLOW_TRACKING_TOKEN (bearer), else by MLFLOW_TRACKING_USERNAME and
// MLFLOW_TRACKING_PASSWORD, as MLflow's own clients do; neither is kept or printed. Certificates
// are verified. `env` outlives the result.
TrackingConnector ConnectorOf(Env& env);

}  // namespace opsc
