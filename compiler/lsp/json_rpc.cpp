#include "compiler/lsp/json_rpc.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace opsc::lsp {
namespace {

bool IsLengthName(std::string_view name) {
  constexpr std::string_view kName = "content-length";
  return std::ranges::equal(name, kName, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// The number in "Content-Length: N" among the headers.
std::optional<size_t> LengthIn(std::string_view headers) {
  while (!headers.empty()) {
    size_t end = std::min(headers.find("\r\n"), headers.size());
    std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + 2, headers.size()));
    size_t colon = line.find(':');
    if (colon == line.npos || !IsLengthName(line.substr(0, colon))) continue;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    size_t length = 0;
    auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error == std::errc()) return length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Framing::Next() {
  for (;;) {
    size_t skipped = std::min(skip_, buffer_.size());
    buffer_.erase(0, skipped);
    skip_ -= skipped;
    size_t end = skip_ > 0 ? buffer_.npos : buffer_.find("\r\n\r\n");
    if (end == buffer_.npos) {
      if (skip_ == 0 && buffer_.size() > kMaxHeaders) buffer_.clear();
      return std::nullopt;
    }
    size_t body = end + 4;
    auto length = LengthIn(std::string_view(buffer_).substr(0, end));
    if (!length || *length > kMaxBody) {
      buffer_.erase(0, body);
      skip_ = length.value_or(0);
      continue;
    }
    if (buffer_.size() - body < *length) return std::nullopt;
    std::string message = buffer_.substr(body, *length);
    buffer_.erase(0, body + *length);
    return message;
  }
}

std::string Frame(const Json& message) {
  std::string body = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  return fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
}

Json Response(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json ErrorResponse(const Json& id, ErrorCode code, std::string_view message) {
  return {{"jsonrpc", "2.0"},
          {"id", id},
          {"error", {{"code", static_cast<int>(code)}, {"message", message}}}};
}

}  // namespace opsc::lsp
