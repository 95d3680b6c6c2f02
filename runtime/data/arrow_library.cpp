#include "runtime/data/arrow_library.h"

#include <fmt/format.h>

#include <array>
#include <mutex>

#include "runtime/base/library.h"

namespace opsc {
namespace {

Result<const OpscArrowPlugin*> Load() {
  const std::string path = PluginPath("libopsc_arrow.so");
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  std::string why = library == nullptr ? dlerror() : path + " is of another version of opsc";
  const OpscArrowPlugin* plugin = nullptr;
  if (library != nullptr && FindSymbol(library, "opsc_arrow_plugin", plugin) &&
      plugin->version == OPSC_ARROW_VERSION) {
    return plugin;
  }
  return Fail(
      ErrorKind::kEnvironment,
      fmt::format("Parquet needs Apache Arrow, which this opsc has not: {}", why),
      "`./dev build release opsc_arrow` makes the plugin libopsc_arrow.so; it belongs beside "
      "opsc. Without it: CSV and JSON Lines");
}

template <typename Call>
Status Checked(const Call& call) {
  std::array<char, 1024> error{};
  if (call(error.data(), static_cast<int64_t>(error.size())) == 0) return {};
  return Fail(ErrorKind::kInput, error.data());
}

}  // namespace

Result<const OpscArrowPlugin*> ArrowPlugin() {
  static std::mutex mutex;
  static const OpscArrowPlugin* loaded = nullptr;
  std::lock_guard lock(mutex);
  if (loaded != nullptr) return loaded;
  OPS_ASSIGN(loaded, Load());
  return loaded;
}

ArrowStream::~ArrowStream() {
  if (stream_.release != nullptr) stream_.release(&stream_);
}

Result<bool> ArrowStream::Next(ArrowArray& out) {
  if (stream_.get_next(&stream_, &out) == 0) return out.release != nullptr;
  const char* error = stream_.get_last_error(&stream_);
  return Fail(ErrorKind::kInput, error == nullptr ? "it cannot be read" : error);
}

Result<int64_t> ParquetRows(const std::string& path) {
  OPS_ASSIGN(const OpscArrowPlugin* plugin, ArrowPlugin());
  int64_t rows = 0;
  OPS_TRY(Checked(
      [&](char* error, int64_t size) { return plugin->rows(path.c_str(), &rows, error, size); }));
  return rows;
}

}  // namespace opsc
