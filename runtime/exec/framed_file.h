// An append-only file of checked records that may be lost at any time: a cache of what can be found
// out again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace opsc {

// Where a record stands in its file, for readers that do not keep its content.
struct FramePlace {
  uint64_t offset = 0;  // of its size, in bytes
  uint32_t size = 0;    // of its content
  friend bool operator==(const FramePlace&, const FramePlace&) = default;
};

// The records of the file at `path`, in turn, up to the first that is torn or damaged; none where
// there is no file.
//   file   := record*        record := size:u32 check:8 bytes of SHA-256 content
void VisitFramedFile(const std::string& path,
                     const std::function<void(std::string record, FramePlace place)>& visit);
std::vector<std::string> ReadFramedFile(const std::string& path);
// Nothing where the file was replaced or damaged since.
std::optional<std::string> ReadFramedRecord(const std::string& path, FramePlace place);

// Appends in one write, so that records of two processes never mix.
Status AppendFramedFile(const std::string& path, const std::vector<std::string>& records);
Result<FramePlace> AppendFramedRecord(const std::string& path, const std::string& record);
// Replaces the whole file.
Status RewriteFramedFile(const std::string& path, const std::vector<std::string>& records);

}  // namespace opsc
