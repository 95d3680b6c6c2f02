// Watching a collection: a list that goes on.
#include <fmt/format.h>

#include "runtime/kube/api_client.h"
#include "runtime/kube/api_error.h"
#include "runtime/kube/retry.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr auto kForever = std::chrono::hours(24 * 365);
constexpr auto kQuiet = std::chrono::milliseconds(90000);  // bookmarks come every minute

std::string VersionOf(const Value& object) {
  const Value* metadata = object.Find("metadata");
  const Value* version = metadata == nullptr ? nullptr : metadata->Find("resourceVersion");
  return version == nullptr || !version->is(ValueKind::kString) ? ""
                                                                : std::string(version->AsString());
}

// Lines of a stream that comes in pieces.
class Lines {
 public:
  template <typename Take>
  void Add(std::string_view bytes, const Take& take) {
    rest_.append(bytes);
    size_t begin = 0;
    for (size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      take(std::string_view(rest_).substr(begin, end - begin));
    }
    rest_.erase(0, begin);
  }

 private:
  std::string rest_;
};

// One connection's worth of a watch: what has been seen, and how it ended.
struct Reader {
  const std::function<void(WatchEvent)>& take;
  std::string version;
  bool expired = false;  // 410: the version is too old
  Lines lines{};

  void TakeLine(std::string_view line) {
    auto event = FromJson(line);
    if (!event) return;
    const Value* type = event->Find("type");
    const Value* object = event->Find("object");
    if (type == nullptr || object == nullptr || !type->is(ValueKind::kString)) return;
    std::string_view name = type->AsString();
    if (name == "ERROR") {
      const Value* code = object->Find("code");
      expired = code != nullptr && code->is(ValueKind::kInt) && code->AsInt() == 410;
      return;
    }
    version = VersionOf(*object);
    if (name == "ADDED") take({WatchEvent::Type::kAdded, *object});
    if (name == "MODIFIED") take({WatchEvent::Type::kModified, *object});
    if (name == "DELETED") take({WatchEvent::Type::kDeleted, *object});
  }
};

}  // namespace

// Returns the version to go on from; empty: from the start.
Result<std::string> ApiClient::WatchOnce(const ApiCall& call, const std::string& query,
                                         std::string version,
                                         const std::function<void(WatchEvent)>& take,
                                         const std::stop_token& stop) {
  ApiCall watch = call;
  watch.verb = "watch";
  watch.path += "?watch=1&allowWatchBookmarks=true&resourceVersion=" + version;
  if (!query.empty()) watch.path += "&" + query;
  Reader reader{take, std::move(version)};
  OPS_ASSIGN(HttpRequest request, RequestFor(watch, stop));
  request.timeout = kQuiet;
  request.on_data = [&](std::string_view bytes) {
    reader.lines.Add(bytes, [&](std::string_view line) { reader.TakeLine(line); });
  };
  auto response = transport_->Send(request, stop);
  if (reader.expired || (response && response->status == 410)) return std::string();
  bool refused =
      response && response->status >= 400 && response->status < 500 && response->status != 429;
  if (refused && !(response->status == 401 && credentials_->Forget())) {
    auto body = FromJson(response->body);
    return std::unexpected(ErrorOf(watch, {response->status, body ? *body : Value::Record({})}));
  }
  return reader.version;
}

Status ApiClient::Watch(const ApiCall& call, const std::string& query,
                        const std::function<void(WatchEvent)>& take, std::stop_token stop) {
  Backoff backoff(kForever);
  std::string version;
  for (bool first = true; !stop.stop_requested(); first = false) {
    if (version.empty()) {
      if (!first) take({WatchEvent::Type::kRestart, {}});
      auto add = [&](Value object) { take({WatchEvent::Type::kAdded, std::move(object)}); };
      OPS_ASSIGN(version, List(call, query, add, stop));
      take({WatchEvent::Type::kSynced, {}});
    }
    OPS_ASSIGN(std::string next, WatchOnce(call, query, version, take, stop));
    if (next != version) backoff.Reset();
    version = std::move(next);
    if (!backoff.Wait("", stop)) break;
  }
  return {};
}

}  // namespace opsc
