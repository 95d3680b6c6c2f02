// A file written front to back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace opsc {

// Writes with a buffer. What is wrong (no space, no permission) is an error of the call in which it
// is seen, at the latest of Close; a file that was not closed is not complete.
class FileWriter {
 public:
  // Makes the file, or empties it.
  static Result<std::unique_ptr<FileWriter>> Open(const std::string& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Status Write(std::string_view bytes);
  uint64_t written() const { return written_; }
  Status Close();

 private:
  FileWriter(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Status Flush();
  Status WriteAll(std::string_view bytes);

  std::string path_;
  int fd_;
  std::string buffer_;
  uint64_t written_ = 0;
};

// A whole file in memory for as long as the value lives: mapped, not read.
class MappedFile {
 public:
  static Result<std::shared_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_;
  size_t size_;
};

}  // namespace opsc
