// Where in a text a part of a YAML document stands: for messages about its value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace opsc {

// One step into a document: the value of a key, or an item.
struct YamlStep {
  std::string key;  // of a map
  size_t item = 0;  // of a list, where there is no key
  bool is_key = false;

  static YamlStep Key(std::string_view key) { return {std::string(key), 0, true}; }
  static YamlStep Item(size_t item) { return {"", item, false}; }
  friend bool operator==(const YamlStep&, const YamlStep&) = default;
};
using YamlPath = std::vector<YamlStep>;

// Byte offsets from the beginning of the text.
struct YamlPlace {
  size_t key = 0;    // of the key that leads to the value; of the value where it is an item
  size_t value = 0;  // of the value
};

// The place of `path` in the document with the number `document` (from 0; empty ones count), or of
// the nearest part around it that stands there as written: what an alias or a merge brings has no
// place of its own. REQUIRES: ReadYaml reads the text.
YamlPlace LocateInYaml(std::string_view text, size_t document, const YamlPath& path);

}  // namespace opsc
