#include "runtime/data/arrow_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <mutex>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr char kName[] = "libopsc_arrow.so";

std::string OwnDirectory() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : path.parent_path().string();
}

Result<const OpscArrowPlugin*> Load() {
  std::string directory = OwnDirectory();
  // Unit programs stand in a folder below.
  const std::array<std::string, 3> places = {
      JoinPath(directory, kName), directory + "/../lib/opsc/" + kName, directory + "/../" + kName};
  std::string why = fmt::format("there is no {}", kName);
  for (const std::string& place : places) {
    if (!std::filesystem::exists(place)) continue;
    void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      why = dlerror();
      continue;
    }
    const auto* plugin = static_cast<const OpscArrowPlugin*>(dlsym(library, "opsc_arrow_plugin"));
    if (plugin != nullptr && plugin->version == OPSC_ARROW_VERSION) return plugin;
    why = fmt::format("{} is of another version of opsc", place);
  }
  return Fail(
      ErrorKind::kEnvironment,
      fmt::format("Parquet needs Apache Arrow, which this opsc has not: {}", why),
      fmt::format("`./dev build release opsc_arrow` makes the plugin; it belongs beside opsc, "
                  "in {}. Without it: CSV and JSON Lines",
                  directory));
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
