#include "runtime/kube/likeness.h"

#include <algorithm>

#include "runtime/base/digest.h"
#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

constexpr size_t kLongestWord = 63;  // of a label, and of most names

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsWordEnd(char c) {
  return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z');
}

// "250m", "2Gi", "0.5".
bool IsQuantity(std::string_view text) {
  constexpr std::string_view kSuffixes = "numkKMGTPEi";
  size_t number = 0;
  while (number < text.size() && (IsDigit(text[number]) || text[number] == '.')) ++number;
  std::string_view suffix = text.substr(number);
  return number > 0 && suffix.size() <= 2 &&
         suffix.find_first_not_of(kSuffixes) == std::string_view::npos;
}

// What a rule for texts may tell apart: "name", "numbered", "word", "quantity", "text", "".
std::string_view SortOf(std::string_view text) {
  if (text.empty()) return "";
  if (IsQuantity(text)) return "quantity";
  bool ends = IsWordEnd(text.front()) && IsWordEnd(text.back());
  if (!ends || text.size() > kLongestWord) return "text";
  auto of_name = [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; };
  if (std::ranges::all_of(text, of_name)) return IsLower(text.front()) ? "name" : "numbered";
  auto of_word = [](char c) { return IsWordEnd(c) || c == '-' || c == '_' || c == '.'; };
  return std::ranges::all_of(text, of_word) ? "word" : "text";
}

std::string_view SortOf(int64_t number) {
  constexpr int64_t kPorts = 65535;
  if (number <= 0) return number < 0 ? "negative" : "zero";
  return number <= kPorts ? "some" : "many";
}

void Describe(const Value& value, Hasher& hasher) {
  if (value.is(ValueKind::kRecord)) {
    hasher.Part("{");
    for (const auto& [name, field] : value.AsRecord()) {
      if (field.is_null()) continue;
      hasher.Part(name.text());
      Describe(field, hasher);
    }
    hasher.Part("}");
  } else if (value.is(ValueKind::kList)) {
    hasher.Part("[");
    for (const Value& item : value.AsList()) Describe(item, hasher);
    hasher.Part("]");
  } else if (value.is(ValueKind::kString)) {
    hasher.Part("text").Part(SortOf(value.AsString()));
  } else if (value.is(ValueKind::kInt)) {
    hasher.Part("number").Part(SortOf(value.AsInt()));
  } else if (value.is(ValueKind::kBool)) {
    hasher.Part(value.AsBool() ? "true" : "false");
  } else {
    hasher.Part("other");
  }
}

bool IsBuiltIn(const std::string& group) {
  return !group.contains('.') || group.ends_with(".k8s.io");
}

}  // namespace

std::string LikenessOf(const Value& fields) {
  auto manifest = ManifestOf(fields);
  if (!manifest || !IsBuiltIn(manifest->group())) return "";
  const ClusterRef& cluster = manifest->cluster;
  Hasher hasher;
  hasher.Part(manifest->api_version).Part(manifest->kind).Part(manifest->name_space);
  hasher.Part(cluster.kubeconfig).Part(cluster.context).Part(cluster.name_space);
  hasher.Part(manifest->force ? "force" : "");
  Describe(manifest->object, hasher);
  return hasher.Finish().Hex();
}

}  // namespace opsc
