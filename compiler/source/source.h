// Source texts, and positions in them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/store.h"

namespace opsc {

enum class FileId : uint32_t {};

// Bytes [begin, end) of one file.
struct Span {
  FileId file = kNone<FileId>;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool valid() const { return !IsNone(file); }
  friend bool operator==(const Span&, const Span&) = default;
};

struct LineColumn {
  int line = 1;    // from 1
  int column = 1;  // from 1, in bytes
};

// One source: its path as printed (relative to the project root; "std/…" for the stdlib) and bytes.
struct SourceFile {
  std::string path;
  std::string text;
  Digest digest;
  mutable std::vector<uint32_t> line_starts;  // made at the first look-up
};

// All sources of one compilation. References to them stay valid.
class Sources {
 public:
  FileId Add(std::string path, std::string text);
  // For editors. The file becomes another one; `Splice` leaves its digest behind.
  void Replace(FileId file, std::string path, std::string text);
  void Splice(FileId file, uint32_t begin, uint32_t end, std::string_view replacement);
  const SourceFile& operator[](FileId id) const { return files_.at(static_cast<size_t>(id)); }
  size_t size() const { return files_.size(); }
  LineColumn Locate(FileId file, uint32_t offset) const;
  std::string_view Line(FileId file, int line) const;  // without its newline
  std::string_view Text(Span span) const;

 private:
  std::deque<SourceFile> files_;  // they stay where they are: readers look into their texts
};

}  // namespace opsc
