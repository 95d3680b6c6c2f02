#include "compiler/syntax/decl_index.h"

#include <algorithm>
#include <array>

#include "compiler/syntax/utf8.h"

namespace opsc {
namespace {

constexpr std::string_view kGenerated = "// Code generated ";
constexpr std::string_view kDoNotEdit = " DO NOT EDIT.";
constexpr std::string_view kEdition = "edition 2026";
constexpr std::array<std::string_view, 5> kHeads = {"extern type ", "type ", "extern fn ", "fn ",
                                                    "import "};

bool IsNameByte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_';
}

std::string_view NameAt(std::string_view text) {
  auto end = std::ranges::find_if_not(text, IsNameByte);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

// `import std.k8s.apps.v1 as apps_v1`: the last word but for a path, which needs the `as`.
std::string_view NameOfImport(std::string_view rest) {
  size_t as = rest.rfind(" as ");
  if (as != rest.npos) return NameAt(rest.substr(as + 4));
  return rest.starts_with('"') ? std::string_view() : NameAt(rest.substr(rest.rfind('.') + 1));
}

// What the line in column 1 declares; empty: something else.
std::string_view NameDeclaredBy(std::string_view line) {
  for (std::string_view head : kHeads) {
    if (!line.starts_with(head)) continue;
    line.remove_prefix(head.size());
    return head == "import " ? NameOfImport(line) : NameAt(line);
  }
  return {};
}

// Goes on with the declaration above: indented, or closing its brackets.
bool Continues(std::string_view line) {
  constexpr std::string_view kClosing = " })]";
  return line.empty() || kClosing.find(line[0]) != kClosing.npos;
}

// The lines of a file, one after another.
struct Lines {
  std::string_view text;
  size_t begin = 0;
  size_t next = 0;

  bool Next(std::string_view& line) {
    if (next >= text.size()) return false;
    begin = next;
    size_t end = std::min(text.find('\n', begin), text.size());
    line = text.substr(begin, end - begin);
    next = end + 1;
    return true;
  }
};

bool IsGenerated(Lines& lines) {
  std::string_view line;
  return lines.Next(line) && line.starts_with(kGenerated) && line.ends_with(kDoNotEdit);
}

}  // namespace

std::optional<std::vector<IndexedDecl>> IndexDeclarations(std::string_view text) {
  Lines lines{text};
  if (!IsGenerated(lines) || syntax::FindInvalidUtf8(text)) return std::nullopt;
  std::vector<IndexedDecl> found;
  std::optional<size_t> head;  // where documentation and annotations of the next one begin
  size_t end = 0;              // of the declaration above
  for (std::string_view line; lines.Next(line);) {
    if (Continues(line)) {
      if (!line.empty()) end = lines.next;
      continue;
    }
    if (!found.empty() && found.back().end == 0) found.back().end = static_cast<uint32_t>(end);
    bool is_head = line.starts_with("///") || line.starts_with('@');
    if (is_head && !head) head = lines.begin;
    if (is_head || line == kEdition || line.starts_with("//")) continue;
    std::string_view name = NameDeclaredBy(line);
    if (name.empty()) return std::nullopt;
    found.push_back({name, static_cast<uint32_t>(head.value_or(lines.begin)), 0});
    head.reset();
    end = lines.next;
  }
  end = std::min(end, text.size());
  if (!found.empty() && found.back().end == 0) found.back().end = static_cast<uint32_t>(end);
  return found;
}

}  // namespace opsc
