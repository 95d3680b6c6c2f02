#include "runtime/registry/model_tracker.h"

#include <fmt/format.h>

#include "runtime/value/fields.h"

namespace opsc {
namespace {

Status CheckUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  const std::string_view name = url.substr(0, scheme);
  if (scheme == std::string_view::npos || (name != "http" && name != "https")) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is no URL of a tracking server", url),
                "it looks like `mlflow(\"http://HOST:5000\")`");
  }
  const std::string_view rest = url.substr(scheme + 3);
  if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos) {
    return Fail(ErrorKind::kInput, "the URL of a tracking server holds no user or password",
                "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
                "MLFLOW_TRACKING_TOKEN, where opsc runs");
  }
  if (url.find_first_of("?#") != std::string_view::npos) {
    return Fail(ErrorKind::kInput, "the URL of a tracking server has no `?` and no `#`");
  }
  return {};
}

}  // namespace

Result<std::optional<Tracking>> TrackingOf(const Value& fields) {
  const Value field = FieldOf(fields, "tracking");
  if (!field.is(ValueKind::kRecord)) return std::nullopt;
  Tracking tracking{TextField(field, "url"), TextField(field, "experiment"),
                    TextField(field, "registered")};
  OPS_TRY(CheckUrl(tracking.url));
  while (tracking.url.ends_with('/')) tracking.url.pop_back();
  return tracking;
}

}  // namespace opsc
