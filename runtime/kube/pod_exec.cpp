// The protocol v4.channel.k8s.io: each message begins with the number of its channel.
#include "runtime/kube/pod_exec.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "runtime/kube/api_error.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr const char* kProtocol = "v4.channel.k8s.io";
constexpr size_t kBlock = 32 * 1024;
constexpr size_t kErrorsKept = 4096;
enum Channel : char { kInput = 0, kOutput = 1, kErrors = 2, kEnd = 3 };

ApiCall CallOf(const PodExec& exec) {
  std::string query = "container=" + QueryText(exec.container) + "&stdout=true&stderr=true";
  if (!exec.input_file.empty()) query += "&stdin=true";
  for (const std::string& word : exec.argv) query += "&command=" + QueryText(word);
  return {.verb = "get",
          .path = fmt::format("/api/v1/namespaces/{}/pods/{}/exec?{}", exec.name_space, exec.pod,
                              query),
          .resource = "pods/exec",
          .name_space = exec.name_space,
          .name = exec.pod};
}

// The exit code in the `Status` that ends a conversation.
Result<int> ExitCodeOf(std::string_view text) {
  auto status = FromJson(text);
  if (!status || !status->is(ValueKind::kRecord)) {
    return Fail(ErrorKind::kEnvironment, "the command in the pod ended without a status");
  }
  const Value* outcome = status->Find("status");
  if (outcome != nullptr && outcome->is(ValueKind::kString) && outcome->AsString() == "Success") {
    return 0;
  }
  for (const StatusCause& cause : StatusCauses(*status)) {
    int code = 0;
    const char* end = cause.message.data() + cause.message.size();
    if (cause.reason == "ExitCode" &&
        std::from_chars(cause.message.data(), end, code).ec == std::errc()) {
      return code;
    }
  }
  return Fail(ErrorKind::kEnvironment, StatusMessage(*status));
}

std::expected<void, TransportError> SendFile(WebSocket& socket, std::ifstream& file,
                                             const std::stop_token& stop) {
  std::string block(kBlock + 1, '\0');
  block[0] = kInput;
  while (file) {
    file.read(block.data() + 1, kBlock);
    const auto count = static_cast<size_t>(file.gcount());
    if (count == 0) break;
    auto sent = socket.Send(std::string_view(block).substr(0, count + 1), stop);
    if (!sent) return sent;
  }
  return {};
}

}  // namespace

std::string QueryText(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::string escaped;
  for (const char c : text) {
    if (kPlain.contains(c)) {
      escaped.push_back(c);
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

Result<PodExecEnd> ExecInPod(ApiClient& client, const PodExec& exec, std::stop_token stop) {
  const ApiCall call = CallOf(exec);
  std::ifstream input;
  if (!exec.input_file.empty()) {
    input.open(exec.input_file, std::ios::binary);
    if (!input) return Fail(ErrorKind::kEnvironment, "cannot read " + exec.input_file);
  }
  OPS_ASSIGN(const auto socket, client.OpenSocket(call, kProtocol, stop));
  PodExecEnd end;
  if (input.is_open()) {
    // Where the command ends before it has read all, its status says why.
    if (auto sent = SendFile(*socket, input, stop);
        !sent && sent.error().kind == TransportError::Kind::kCancelled) {
      return std::unexpected(client.ErrorOf(call, sent.error()));
    }
  }
  for (;;) {
    auto message = socket->Receive(stop);
    if (!message) return std::unexpected(client.ErrorOf(call, message.error()));
    if (!*message) return Fail(ErrorKind::kEnvironment, Describe(call) + ": it broke off");
    if ((*message)->empty()) continue;
    const std::string_view text = std::string_view(**message).substr(1);
    switch ((*message)->front()) {
      case kOutput:
        if (exec.output) exec.output(text);
        break;
      case kErrors:
        end.errors += text.substr(0, kErrorsKept - std::min(kErrorsKept, end.errors.size()));
        break;
      case kEnd: {
        OPS_ASSIGN(end.exit_code, ExitCodeOf(text));
        return end;
      }
      default:
        break;
    }
  }
}

}  // namespace opsc
