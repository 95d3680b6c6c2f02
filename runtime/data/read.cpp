#include "runtime/data/read.h"

#include <array>

namespace opsc {
namespace {

constexpr std::array<std::string_view, 3> kFormats = {"csv", "jsonl", "parquet"};

}  // namespace

std::string_view FormatName(FileFormat format) {
  return kFormats[static_cast<size_t>(format)];
}

std::optional<FileFormat> FormatFromName(std::string_view name) {
  for (size_t i = 0; i < kFormats.size(); ++i) {
    if (kFormats[i] == name) return static_cast<FileFormat>(i);
  }
  return std::nullopt;
}

Result<std::unique_ptr<RowReader>> OpenRows(const std::string& path, SchemaPtr schema,
                                            const ReadOptions& options, RejectLog& log) {
  switch (options.format) {
    case FileFormat::kCsv:
      return OpenCsv(path, std::move(schema), options, log);
    case FileFormat::kJsonLines:
      return OpenJsonLines(path, std::move(schema), options, log);
    case FileFormat::kParquet:
      return OpenParquet(path, std::move(schema), options, log);
  }
  return Fail(ErrorKind::kInput, "no such format");
}

}  // namespace opsc
