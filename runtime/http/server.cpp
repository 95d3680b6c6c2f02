#include "runtime/http/server.h"

#include <fmt/format.h>

#include "runtime/base/library.h"
#include "runtime/http/plugin.h"

namespace opsc {
namespace {

Result<const OpscHttpPlugin*> Load() {
  const std::string path = PluginPath("libopsc_http.so");
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::string why = library == nullptr ? dlerror() : path + " is of another version of opsc";
  const OpscHttpPlugin* plugin = nullptr;
  if (library != nullptr && FindSymbol(library, "opsc_http_plugin", plugin) &&
      plugin->version == kOpscHttpVersion) {
    return plugin;
  }
  return Fail(ErrorKind::kEnvironment, fmt::format("this opsc cannot speak HTTP: {}", why),
              "`./dev build` makes the plugin libopsc_http.so; it belongs beside opsc");
}

const Result<const OpscHttpPlugin*>& Plugin() {
  static const Result<const OpscHttpPlugin*> plugin = Load();
  return plugin;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> StartHttpServer(HttpServerOptions options,
                                                    std::vector<HttpRoute> routes) {
  if (!Plugin()) return std::unexpected(Plugin().error());
  return (*Plugin())->start(std::move(options), std::move(routes));
}

Result<HttpAnswer> HttpGet(const HttpPlace& place, const std::string& path,
                           std::chrono::milliseconds timeout) {
  if (!Plugin()) return std::unexpected(Plugin().error());
  return (*Plugin())->get(place, path, timeout);
}

}  // namespace opsc
