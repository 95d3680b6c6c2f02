#include "compiler/driver/kube/object_address.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "compiler/driver/kube/typed.h"
#include "runtime/base/digest.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr size_t kDigits = 6;

// Can `part` be told from what Word makes of it?
bool IsPlain(std::string_view part) {
  return part.find("--") == part.npos && std::ranges::all_of(part, [](unsigned char c) {
           return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
         });
}

std::string Word(std::string_view part) {
  std::string word;
  for (unsigned char c : part) word += std::isalnum(c) != 0 ? static_cast<char>(c) : '_';
  return word;
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

std::string ObjectAddress(const Value& object) {
  std::string version = TextField(object, "apiVersion");
  size_t slash = version.find('/');
  std::string group = slash == version.npos ? "" : version.substr(0, slash);
  std::string kind = TextField(object, "kind");
  std::string space = MetadataField(object, "namespace");
  std::string name = MetadataField(object, "name");
  auto builtin = BuiltinTypeOf(object);
  bool tells_group = !builtin || !builtin->type.starts_with("k8s.");
  std::string address = Lower(Word(kind));
  if (tells_group) address += "_" + Lower(Word(group));
  if (!space.empty()) address += "__" + Word(space);
  address += "__" + Word(name);
  bool exact = IsPlain(space) && IsPlain(name) && group.find('-') == group.npos;
  if (exact) return address;
  Hasher hasher;
  hasher.Part(group).Part(kind).Part(space).Part(name);
  return fmt::format("{}_{}", address, hasher.Finish().Hex().substr(0, kDigits));
}

}  // namespace opsc
