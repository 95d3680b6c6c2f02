// Files and directories that one run is done with, for the next.
#pragma once

#include <cstddef>
#include <string>

namespace opsc {

// A stock of used files and of empty directories, put in place by a rename instead of made anew:
// a file system pays more for an inode than for a rename. ext4 above all, which, looking for a free
// one, steps over each that was removed within the last five seconds. What is in stock has no
// other name, no attributes, and belongs to this process. Not thread-safe.
class SpareInodes {
 public:
  // `directory` exists, is on the file system of all that comes and goes, and nobody else's.
  explicit SpareInodes(std::string directory) : directory_(std::move(directory)) {}

  // Puts one at `path`, where nothing is yet. False: there is none, or it does not go there. A file
  // has any content and any mode; a directory is empty and has mode 755.
  bool TakeFile(const std::string& path);
  bool TakeDirectory(const std::string& path);

  // Takes the entry `name` of the open `directory`. False: it is still there, to be removed.
  bool GiveFile(int directory, const char* name);
  // REQUIRES: it is empty.
  bool GiveDirectory(int directory, const char* name);

 private:
  static constexpr size_t kMost = 100;  // of each

  std::string FilePath(size_t number) const { return directory_ + "/f" + std::to_string(number); }
  std::string DirectoryPath(size_t number) const {
    return directory_ + "/d" + std::to_string(number);
  }

  const std::string directory_;
  size_t files_ = 0;  // numbered from 0
  size_t directories_ = 0;
};

}  // namespace opsc
