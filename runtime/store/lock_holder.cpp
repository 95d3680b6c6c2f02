#include "runtime/store/lock_holder.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>

#include "runtime/store/posix_file.h"
#include "runtime/store/user_name.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr size_t kLongest = 4096;

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string BootId() {
  Fd fd = OpenFd("/proc/sys/kernel/random/boot_id", O_RDONLY);
  auto text = fd ? ReadToEnd(fd.get(), "boot_id") : Result<std::string>("");
  return text ? text->substr(0, text->find('\n')) : "";
}

std::string PidNamespace() {
  char target[64] = {};
  ssize_t size = readlink("/proc/self/ns/pid", target, sizeof target);
  return size > 0 ? std::string(target, static_cast<size_t>(size)) : "";
}

std::string TextAt(const Value& record, std::string_view name) {
  const Value* value = record.Find(name);
  return value != nullptr && value->is(ValueKind::kString) ? std::string(value->AsString()) : "";
}

int64_t NumberAt(const Value& record, std::string_view name) {
  const Value* value = record.Find(name);
  return value != nullptr && value->is(ValueKind::kInt) ? value->AsInt() : 0;
}

Time TimeAt(const Value& record, std::string_view name) {
  return Time{std::chrono::nanoseconds(NumberAt(record, name))};
}

}  // namespace

bool HolderRecord::on_this_machine() const {
  return boot_id == BootId() || holder.host == HostName();
}

bool HolderRecord::same_pid_namespace() const {
  return pid_namespace == PidNamespace();
}

HolderRecord ThisProcess(const std::string& command) {
  HolderRecord record;
  record.holder.host = HostName();
  record.holder.user = UserName();
  record.holder.command = command.substr(0, 1024);
  record.holder.pid = getpid();
  record.holder.since = std::chrono::system_clock::now();
  record.boot_id = BootId();
  record.pid_namespace = PidNamespace();
  return record;
}

Status WriteHolder(int fd, const HolderRecord& record) {
  auto text = [](std::string_view name, std::string_view value) {
    return Field(Symbol(name), Value::String(value));
  };
  auto time = [](std::string_view name, Time value) {
    return Field(Symbol(name), Value::Int(value.time_since_epoch().count()));
  };
  const LockHolder& holder = record.holder;
  std::string json =
      ToJson(Value::Record(
                 {text("host", holder.host), text("user", holder.user),
                  Field(Symbol("pid"), Value::Int(holder.pid)), text("command", holder.command),
                  text("since", FormatTime(holder.since)), time("since_ns", holder.since),
                  text("expires", FormatTime(holder.expires)), time("expires_ns", holder.expires),
                  text("boot_id", record.boot_id), text("pid_namespace", record.pid_namespace)}),
             SecretPolicy::kReveal);
  json += '\n';
  // One write, then the rest of a longer holder is cut off: a reader sees JSON or tries again.
  if (pwrite(fd, json.data(), json.size(), 0) != static_cast<ssize_t>(json.size()) ||
      ftruncate(fd, static_cast<off_t>(json.size())) != 0) {
    return FailErrno("cannot write the holder into the lock", errno);
  }
  return {};
}

std::optional<HolderRecord> ReadHolder(int fd) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::string text(kLongest, '\0');
    ssize_t size = pread(fd, text.data(), text.size(), 0);
    if (size <= 0) return std::nullopt;
    text.resize(static_cast<size_t>(size));
    auto json = FromJson(text);
    if (!json || !json->is(ValueKind::kRecord)) {
      usleep(1000);  // it is being written
      continue;
    }
    HolderRecord record;
    record.holder = {.host = TextAt(*json, "host"),
                     .user = TextAt(*json, "user"),
                     .command = TextAt(*json, "command"),
                     .pid = static_cast<int>(NumberAt(*json, "pid")),
                     .since = TimeAt(*json, "since_ns"),
                     .expires = TimeAt(*json, "expires_ns")};
    record.boot_id = TextAt(*json, "boot_id");
    record.pid_namespace = TextAt(*json, "pid_namespace");
    return record;
  }
  return std::nullopt;
}

}  // namespace opsc
