#include "compiler/lsp/uri.h"

#include <cctype>

#include <fmt/format.h>

namespace opsc::lsp {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsPlain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> PathOfUri(std::string_view uri) {
  constexpr std::string_view kScheme = "file://";
  if (!uri.starts_with(kScheme)) return std::nullopt;
  uri.remove_prefix(kScheme.size());
  size_t slash = uri.find('/');
  if (slash == uri.npos) return std::nullopt;
  uri.remove_prefix(slash);  // a host, which is this one
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    int high = uri[i] == '%' && i + 2 < uri.size() ? HexDigit(uri[i + 1]) : -1;
    int low = high >= 0 ? HexDigit(uri[i + 2]) : -1;
    bool escaped = high >= 0 && low >= 0;
    path += escaped ? static_cast<char>(high * 16 + low) : uri[i];
    if (escaped) i += 2;
  }
  if (path.find('\0') != path.npos) return std::nullopt;
  return path;
}

std::string UriOfPath(std::string_view path) {
  std::string uri = "file://";
  for (char c : path) {
    uri += IsPlain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

}  // namespace opsc::lsp
