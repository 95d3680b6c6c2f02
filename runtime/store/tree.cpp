#include "runtime/store/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "runtime/value/value.h"

namespace opsc {
namespace {

constexpr std::string_view kMagic = "opsc.tree/1\n";
constexpr std::string_view kTypes = "fxld";  // in the order of TreeEntry::Type

bool IsSafePath(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    size_t slash = path.find('/');
    std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// What is wrong with sorted entries; nullopt: nothing.
std::optional<std::string> ProblemOf(const std::vector<TreeEntry>& entries) {
  if (entries.size() == 1 && entries[0].path.empty() &&
      entries[0].type != TreeEntry::Type::kEmptyDirectory) {
    return std::nullopt;
  }
  std::unordered_set<std::string_view> paths;
  for (const TreeEntry& entry : entries) {
    if (!IsSafePath(entry.path)) {
      return fmt::format("the path {} is not inside of it", Quote(entry.path));
    }
    if (!paths.insert(entry.path).second) {
      return fmt::format("the path {} stands in it twice", Quote(entry.path));
    }
  }
  for (std::string_view path : paths) {
    for (size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      if (paths.contains(path.substr(0, slash))) {
        return fmt::format("{} is below what is no directory", Quote(path));
      }
    }
  }
  return std::nullopt;
}

// Reads one entry from the front; nullopt where it is not canonical.
class TreeReader {
 public:
  explicit TreeReader(std::string_view rest) : rest_(rest) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<TreeEntry> Take() {
    TreeEntry entry;
    size_t type = rest_.empty() ? std::string_view::npos : kTypes.find(rest_[0]);
    if (type == std::string_view::npos) return std::nullopt;
    entry.type = static_cast<TreeEntry::Type>(type);
    rest_.remove_prefix(1);
    auto size = Skip(" ") ? TakeNumber() : std::nullopt;
    if (!size || !Skip(" ") || rest_.size() < 64) return std::nullopt;
    auto digest = Digest::FromHex(rest_.substr(0, 64));
    if (!digest) return std::nullopt;
    rest_.remove_prefix(64);
    auto length = Skip(" ") ? TakeNumber() : std::nullopt;
    if (!length || !Skip(":") || *length > rest_.size()) return std::nullopt;
    entry.size = *size;
    entry.blob = *digest;
    entry.path = rest_.substr(0, *length);
    rest_.remove_prefix(*length);
    if (!Skip("\n")) return std::nullopt;
    return entry;
  }

 private:
  bool Skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::optional<uint64_t> TakeNumber() {
    uint64_t number = 0;
    auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    auto digits = static_cast<size_t>(end - rest_.data());
    if (error != std::errc() || (digits > 1 && rest_[0] == '0')) return std::nullopt;
    rest_.remove_prefix(digits);
    return number;
  }

  std::string_view rest_;
};

std::unexpected<Error> FailCorrupt(std::string why) {
  return Fail(ErrorKind::kCorrupt, "a stored tree is damaged: " + std::move(why),
              "run what makes it again");
}

}  // namespace

Result<std::string> EncodeTree(std::vector<TreeEntry> entries) {
  bool is_empty_directory = entries.size() == 1 && entries[0].path.empty() &&
                            entries[0].type == TreeEntry::Type::kEmptyDirectory;
  if (is_empty_directory) entries.clear();
  std::ranges::sort(entries, {}, &TreeEntry::path);
  if (auto problem = ProblemOf(entries)) {
    return Fail(ErrorKind::kInput, "this is no tree: " + *problem);
  }
  std::string out(kMagic);
  for (const TreeEntry& entry : entries) {
    char type = kTypes[static_cast<size_t>(entry.type)];
    fmt::format_to(std::back_inserter(out), "{} {} {} {}:", type, entry.size, entry.blob.Hex(),
                   entry.path.size());
    out += entry.path;
    out += '\n';
  }
  return out;
}

Result<std::vector<TreeEntry>> DecodeTree(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return FailCorrupt("it is something else");
  TreeReader reader(bytes.substr(kMagic.size()));
  std::vector<TreeEntry> entries;
  while (!reader.at_end()) {
    auto entry = reader.Take();
    if (!entry) return FailCorrupt(fmt::format("entry {} is malformed", entries.size()));
    if (!entries.empty() && entry->path <= entries.back().path) {
      return FailCorrupt("its entries are not sorted");
    }
    entries.push_back(std::move(*entry));
  }
  if (auto problem = ProblemOf(entries)) return FailCorrupt(*problem);
  return entries;
}

}  // namespace opsc
