#include "runtime/exec/sandbox_wire.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/value/encode.h"

namespace opsc {
namespace {

constexpr uint32_t kMaxFrame = 64u << 20;

bool ReadAll(int fd, char* to, size_t size) {
  while (size > 0) {
    const ssize_t n = read(fd, to, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool SendAll(int fd, const char* from, size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, from, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    from += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

Value Texts(const std::vector<std::string>& texts) {
  std::vector<Value> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back(Value::Bytes(text));
  return Value::List(std::move(items));
}

std::vector<std::string> Texts(const Value& list) {
  std::vector<std::string> texts;
  for (const Value& item : list.AsList()) texts.emplace_back(item.AsString());
  return texts;
}

// The fields of a message by position. Both ends are the same binary, so the shape is known.
std::optional<Value> DecodeFields(const std::string& bytes, size_t count) {
  auto fields = DecodeValue(bytes);
  if (!fields || !fields->is(ValueKind::kList) || fields->AsList().size() != count) {
    return std::nullopt;
  }
  return *fields;
}

std::string Text(const Value& value) {
  return std::string(value.AsString());
}

}  // namespace

SandboxReply MakeReply(SandboxReply::Kind kind, int value, const std::string& what) {
  SandboxReply reply{.kind = kind, .value = value};
  std::memcpy(reply.what, what.data(), std::min(what.size(), sizeof reply.what - 1));
  return reply;
}

Status SendFrame(int channel, const std::string& bytes, int descriptor) {
  auto size = static_cast<uint32_t>(bytes.size());
  iovec part{&size, sizeof size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  if (bytes.size() > kMaxFrame) return FailErrno("cannot talk to the sandbox", E2BIG);
  if (sendmsg(channel, &message, MSG_NOSIGNAL) != ssize_t{sizeof size} ||
      !SendAll(channel, bytes.data(), bytes.size())) {
    return FailErrno("cannot talk to the sandbox", errno);
  }
  return {};
}

std::optional<std::string> ReceiveFrame(int channel, int& descriptor) {
  descriptor = -1;
  uint32_t size = 0;
  iovec part{&size, sizeof size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n;
  do {
    n = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n != ssize_t{sizeof size} || size > kMaxFrame) return std::nullopt;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
    std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  }
  std::string bytes(size, '\0');
  if (!ReadAll(channel, bytes.data(), size)) return std::nullopt;
  return bytes;
}

bool WriteReply(int fd, const SandboxReply& reply) {
  const auto* bytes = reinterpret_cast<const char*>(&reply);
  ssize_t n;
  do {
    n = write(fd, bytes, sizeof reply);
  } while (n < 0 && errno == EINTR);
  return n == ssize_t{sizeof reply};
}

std::optional<SandboxReply> ReadReply(int fd) {
  SandboxReply reply;
  if (!ReadAll(fd, reinterpret_cast<char*>(&reply), sizeof reply)) return std::nullopt;
  return reply;
}

std::string EncodeSetup(const SandboxSetup& setup) {
  return EncodeValue(Value::List({Value::Bool(setup.namespaces), Value::Bytes(setup.project_root),
                                  Value::Bytes(setup.root_mount), Texts(setup.visible),
                                  Value::Bytes(setup.own_directory)}),
                     "");
}

std::optional<SandboxSetup> DecodeSetup(const std::string& bytes) {
  const auto fields = DecodeFields(bytes, 5);
  if (!fields) return std::nullopt;
  const auto f = fields->AsList();
  return SandboxSetup{.namespaces = f[0].AsBool(),
                      .project_root = Text(f[1]),
                      .root_mount = Text(f[2]),
                      .visible = Texts(f[3]),
                      .own_directory = Text(f[4])};
}

std::string EncodeCommand(const SandboxCommand& c) {
  return EncodeValue(
      Value::List({Value::Bytes(c.program), Texts(c.argv), Texts(c.env), Value::Bytes(c.workspace),
                   Value::Bytes(c.lower), Value::Bytes(c.work), Value::Bytes(c.tmp),
                   Value::Bytes(c.dir), Value::Bool(c.network), Value::Int(c.memory)}),
      "");
}

std::optional<SandboxCommand> DecodeCommand(const std::string& bytes) {
  const auto fields = DecodeFields(bytes, 10);
  if (!fields) return std::nullopt;
  const auto f = fields->AsList();
  return SandboxCommand{.program = Text(f[0]),
                        .argv = Texts(f[1]),
                        .env = Texts(f[2]),
                        .workspace = Text(f[3]),
                        .lower = Text(f[4]),
                        .work = Text(f[5]),
                        .tmp = Text(f[6]),
                        .dir = Text(f[7]),
                        .network = f[8].AsBool(),
                        .memory = f[9].AsInt()};
}

}  // namespace opsc
