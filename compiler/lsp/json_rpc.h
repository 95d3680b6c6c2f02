// JSON-RPC 2.0 over a byte stream, framed as the Language Server Protocol does it:
//   message = "Content-Length: " digits CRLF { other header CRLF } CRLF body
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace opsc::lsp {

using Json = nlohmann::json;

// Cuts a stream into bodies. Survives any bytes: headers without a usable length are skipped.
class Framing {
 public:
  void Feed(std::string_view bytes) { buffer_ += bytes; }
  std::optional<std::string> Next();

 private:
  static constexpr size_t kMaxBody = 256u << 20;
  static constexpr size_t kMaxHeaders = 64u << 10;
  std::string buffer_;
  size_t skip_ = 0;  // bytes of a body that was too large
};

std::string Frame(const Json& message);

enum class ErrorCode : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kServerNotInitialized = -32002,
  kRequestFailed = -32803,
  kServerCancelled = -32802,
  kContentModified = -32801,
  kRequestCancelled = -32800,
};

Json Response(const Json& id, Json result);
Json ErrorResponse(const Json& id, ErrorCode code, std::string_view message);

}  // namespace opsc::lsp
