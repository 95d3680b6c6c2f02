// Any bytes on the wire, and any edits of any text: the server neither crashes nor loses the text,
// and what it knows afterwards is what it finds in the text anew.
#include <cstdint>
#include <string>

#include "compiler/lsp/session.h"
#include "runtime/base/check.h"

namespace {

using namespace opsc;
using namespace opsc::lsp;

constexpr std::string_view kPrelude =
    "/// Runs.\nextern type task { run: string, retries: int(0..) = 0, out code: int }\n"
    "extern type note { text: string? }\n";

Host MakeHost(Env& env) {
  Host host;
  host.env = &env;
  host.version = host.stamp = "fuzz";
  host.stdlib = {{"prelude/prelude.ops", kPrelude}};
  host.import_path = [](const std::string&, const ast::ImportDecl& import) {
    return NormalRelativePath(import.path.value_or("")).value_or("");
  };
  host.is_manifest = [](std::string_view) { return false; };
  host.manifest_module = [](std::string_view) { return Fail(ErrorKind::kInput, "none"); };
  host.cache_dir = "/cache";
  return host;
}

// Takes numbers and pieces of text from the input.
struct Input {
  std::string_view bytes;

  uint8_t Byte() {
    if (bytes.empty()) return 0;
    auto byte = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    return byte;
  }
  std::string Text(size_t size) {
    std::string text(bytes.substr(0, size));
    bytes.remove_prefix(text.size());
    return text;
  }
};

void CheckPositions(std::string_view text) {
  LineTable lines(text);
  for (Encoding encoding : {Encoding::kUtf8, Encoding::kUtf16, Encoding::kUtf32}) {
    uint32_t last = 0;
    for (uint32_t offset = 0; offset <= text.size(); ++offset) {
      Position at = lines.At(text, offset, encoding);
      uint32_t back = lines.Offset(text, at, encoding);
      OPS_CHECK(back <= text.size() && back >= last, "positions are not in order");
      OPS_CHECK(lines.At(text, back, encoding) == at, "a position is not where it says");
      last = back;
    }
  }
}

// What is left of a text when what is no UTF-8 is replaced, as JSON does it.
std::string AsJsonSays(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Json DocumentAt(uint8_t line, uint8_t character) {
  return {{"textDocument", {{"uri", "file:///p/main.ops"}}},
          {"position", {{"line", line}, {"character", character}}}};
}

struct Client {
  std::string found;  // the last diagnostics
  int id = 0;
  Session session;

  explicit Client(const Host& host)
      : session(
            host,
            [this](const Json& message) {
              if (At(message, {"method"}, std::string()) != "textDocument/publishDiagnostics")
                return;
              found = message["params"]["diagnostics"].dump();
            },
            [] {}) {
    Ask("initialize", {{"rootUri", "file:///p"}, {"capabilities", Json::object()}});
    Tell("initialized", Json::object());
  }
  static std::string Dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  void Ask(const std::string& method, const Json& params) {
    session.Handle(
        Dump({{"jsonrpc", "2.0"}, {"id", ++id}, {"method", method}, {"params", params}}));
  }
  void Tell(const std::string& method, const Json& params) {
    session.Handle(Dump({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}));
  }
  void Open(const std::string& text) {
    Tell(
        "textDocument/didOpen",
        {{"textDocument",
          {{"uri", "file:///p/main.ops"}, {"languageId", "ops"}, {"version", 1}, {"text", text}}}});
  }
  std::string Settled() {
    while (session.Idle()) continue;
    return found;
  }
};

void EditAndAsk(const Host& host, Input input) {
  std::string text = AsJsonSays(input.Text(input.Byte() * 4u));
  CheckPositions(text);
  Client client(host);
  client.Open(text);
  while (!input.bytes.empty()) {
    uint8_t what = input.Byte();
    uint8_t line = input.Byte();
    uint8_t character = input.Byte();
    Json at = DocumentAt(line % 32, character);
    constexpr const char* kMethods[] = {"textDocument/completion", "textDocument/hover",
                                        "textDocument/definition", "textDocument/signatureHelp",
                                        "textDocument/references"};
    if (what % 8 < std::size(kMethods)) {
      client.Ask(kMethods[what % 8], at);
      continue;
    }
    std::string with = AsJsonSays(input.Text(input.Byte() % 32));
    Position begin{line % 32u, character};
    Position end{begin.line + what / 128u, begin.character + what / 16 % 8u};
    LineTable lines(text);
    uint32_t from = lines.Offset(text, begin, Encoding::kUtf16);
    uint32_t to = std::max(from, lines.Offset(text, end, Encoding::kUtf16));
    text.replace(from, to - from, with);
    client.Tell("textDocument/didChange",
                {{"textDocument", {{"uri", "file:///p/main.ops"}, {"version", 2}}},
                 {"contentChanges",
                  Json::array({{{"range", ToJson(Range{begin, end})}, {"text", with}}})}});
  }
  std::string kept = client.Settled();
  Client fresh(host);
  fresh.Open(text);
  OPS_CHECK(fresh.Settled() == kept, "after the edits it knows something else than of the text");
}

void ReadWire(const Host& host, const std::string& bytes) {
  Client client(host);
  Framing framing;
  framing.Feed(bytes);
  while (auto body = framing.Next()) client.session.Handle(*body);
  client.session.Handle(bytes);
  client.Settled();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MemoryEnv env;
  Host host = MakeHost(env);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.empty() && bytes[0] == 'E') {
    EditAndAsk(host, {std::string_view(bytes).substr(1)});
  } else {
    ReadWire(host, bytes);
  }
  return 0;
}
