#include "runtime/kind/service_spec.h"
#include "runtime/value/fields.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace opsc {
namespace {

Value TextList(const std::vector<std::string>& texts) {
  std::vector<Value> items;
  for (const std::string& text : texts) items.push_back(Value::String(text));
  return Value::List(std::move(items));
}

std::vector<std::string> ReadTextList(const Value& list) {
  std::vector<std::string> texts;
  if (!list.is(ValueKind::kList)) return texts;
  for (const Value& item : list.AsList()) {
    if (item.is(ValueKind::kString)) texts.emplace_back(item.AsString());
  }
  return texts;
}

Value EncodeProbe(const ProbeSpec& probe) {
  return Value::Record({{Symbol("kind"), Value::Int(static_cast<int64_t>(probe.kind))},
                        {Symbol("host"), Value::String(probe.host)},
                        {Symbol("port"), Value::Int(probe.port)},
                        {Symbol("path"), Value::String(probe.path)},
                        {Symbol("status"), Value::Int(probe.status)},
                        {Symbol("command"), TextList(probe.command)},
                        {Symbol("every"), Value::Int(probe.every_ns)},
                        {Symbol("timeout"), Value::Int(probe.timeout_ns)}});
}

ProbeSpec DecodeProbe(const Value& value) {
  ProbeSpec probe;
  const int64_t kind = NumberField(value, "kind");
  if (kind >= 0 && kind <= 3) probe.kind = static_cast<ProbeSpec::Kind>(kind);
  probe.host = TextField(value, "host", probe.host);
  probe.port = static_cast<int>(NumberField(value, "port"));
  probe.path = TextField(value, "path", probe.path);
  probe.status = static_cast<int>(NumberField(value, "status", 200));
  probe.command = ReadTextList(FieldOf(value, "command"));
  probe.every_ns = NumberField(value, "every", probe.every_ns);
  probe.timeout_ns = NumberField(value, "timeout", probe.timeout_ns);
  return probe;
}

std::unexpected<Error> RefuseTarget(std::string_view target, std::string_view why,
                                    std::string_view hint) {
  return Fail(ErrorKind::kInput, fmt::format("`ready` cannot probe `{}`: {}", target, why),
              std::string(hint));
}

// "host:port", ":port" or "host" into the probe; no port: `default_port`.
Status ReadAuthority(std::string_view target, std::string_view authority, int default_port,
                     ProbeSpec& probe) {
  const size_t colon = authority.rfind(':');
  std::string host(authority.substr(0, colon));
  probe.port = default_port;
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), probe.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || probe.port < 1 ||
        probe.port > 65535) {
      return RefuseTarget(target, "its port is no number from 1 to 65535", "write `host:port`");
    }
  }
  if (probe.port == 0) return RefuseTarget(target, "it has no port", "write `host:port`");
  if (host.empty() || host == "localhost") host = "127.0.0.1";
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) {
    return RefuseTarget(target, "its host is neither localhost nor an IPv4 address",
                        "a service is probed where it runs; for anything else use `exec([…])`");
  }
  probe.host = host;
  return {};
}

Status ReadHttpTarget(const std::string& target, int service_port, ProbeSpec& probe) {
  std::string_view rest = target;
  const bool plain = std::ranges::all_of(target, [](char c) { return c > ' ' && c != '\x7f'; });
  if (!plain) return RefuseTarget(target, "it holds a blank", "write %20 for a blank");
  if (rest.starts_with('/')) {
    if (service_port == 0) {
      return RefuseTarget(target, "a path is asked on the service's own port, and it has none",
                          "give the service a `port`, or write the whole URL");
    }
    probe.path = target;
    return {};
  }
  if (!rest.starts_with("http://")) {
    return RefuseTarget(target, "it is neither a path nor an http:// URL",
                        "for https use `exec([\"curl\", …])`");
  }
  rest.remove_prefix(std::string_view("http://").size());
  const size_t slash = rest.find('/');
  probe.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  return ReadAuthority(target, rest.substr(0, slash), 80, probe);
}

}  // namespace

Value EncodeSpec(const ServiceSpec& spec) {
  std::vector<Value> env;
  for (const auto& [name, value] : spec.env) {
    env.push_back(Value::List({Value::String(name), Value::String(value)}));
  }
  return Value::Record({{Symbol("address"), Value::String(spec.address)},
                        {Symbol("token"), Value::String(spec.token)},
                        {Symbol("version"), Value::String(spec.version)},
                        {Symbol("argv"), TextList(spec.argv)},
                        {Symbol("env"), Value::List(std::move(env))},
                        {Symbol("secrets"), TextList(spec.secrets)},
                        {Symbol("dir"), Value::String(spec.dir)},
                        {Symbol("port"), Value::Int(spec.port)},
                        {Symbol("probe"), EncodeProbe(spec.probe)},
                        {Symbol("start_timeout"), Value::Int(spec.start_timeout_ns)},
                        {Symbol("stop_timeout"), Value::Int(spec.stop_timeout_ns)},
                        {Symbol("restart"), Value::Int(static_cast<int64_t>(spec.restart))}});
}

Result<ServiceSpec> DecodeSpec(const Value& value) {
  ServiceSpec spec;
  spec.address = TextField(value, "address");
  spec.token = TextField(value, "token");
  spec.version = TextField(value, "version");
  spec.argv = ReadTextList(FieldOf(value, "argv"));
  const Value env = FieldOf(value, "env");
  if (env.is(ValueKind::kList)) {
    for (const Value& pair : env.AsList()) {
      const std::vector<std::string> texts = ReadTextList(pair);
      if (texts.size() == 2) spec.env.emplace_back(texts[0], texts[1]);
    }
  }
  spec.secrets = ReadTextList(FieldOf(value, "secrets"));
  spec.dir = TextField(value, "dir");
  spec.port = static_cast<int>(NumberField(value, "port"));
  spec.probe = DecodeProbe(FieldOf(value, "probe"));
  spec.start_timeout_ns = NumberField(value, "start_timeout", spec.start_timeout_ns);
  spec.stop_timeout_ns = NumberField(value, "stop_timeout", spec.stop_timeout_ns);
  const int64_t restart = NumberField(value, "restart");
  if (restart >= 0 && restart <= 2) spec.restart = static_cast<RestartPolicy>(restart);
  if (spec.argv.empty() || spec.token.empty() || spec.port < 0 || spec.port > 65535) {
    return Fail(ErrorKind::kInput, "the supervisor was sent a service without a command");
  }
  return spec;
}

Result<ProbeSpec> ReadProbe(const Value& ready, int port) {
  ProbeSpec probe;
  if (!ready.is(ValueKind::kRecord)) {
    probe.kind = port == 0 ? ProbeSpec::Kind::kAlive : ProbeSpec::Kind::kTcp;
    return probe;
  }
  probe.every_ns = NumberField(ready, "every", probe.every_ns);
  probe.timeout_ns = NumberField(ready, "timeout", probe.timeout_ns);
  probe.status = static_cast<int>(NumberField(ready, "status", probe.status));
  const std::string kind = TextField(ready, "kind");
  const std::string target = TextField(ready, "target");
  if (kind == "exec") {
    probe.kind = ProbeSpec::Kind::kExec;
  } else if (kind == "http") {
    probe.kind = ProbeSpec::Kind::kHttp;
    OPS_TRY(ReadHttpTarget(target, port, probe));
  } else {
    probe.kind = ProbeSpec::Kind::kTcp;
    OPS_TRY(ReadAuthority(target, target, 0, probe));
  }
  // The public port is the supervisor's: asking there would ask the version in charge.
  if (port != 0 && probe.port == port && probe.host == "127.0.0.1") probe.port = 0;
  return probe;
}

}  // namespace opsc
