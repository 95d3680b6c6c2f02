#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/graph/base64.h"
#include "runtime/graph/plan.h"
#include "runtime/value/encode.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::json;

// Reads the parts of one plan; keeps the first thing that is wrong and goes on with defaults.
class PlanReader {
 public:
  const std::optional<std::string>& wrong() const { return wrong_; }

  const Json& Member(const Json& in, const char* name) {
    static const Json kNothing;
    auto found = in.is_object() ? in.find(name) : in.end();
    return in.is_object() && found != in.end() ? *found : kNothing;
  }

  std::string Text(const Json& in, const char* name) { return AsText(Member(in, name), name); }

  std::string AsText(const Json& value, const char* name) {
    if (!value.is_string()) return Wrong<std::string>(name, "a string");
    return value.get<std::string>();
  }

  template <typename Number>
  Number Integer(const Json& in, const char* name) {
    const Json& value = Member(in, name);
    if (value.is_number_unsigned()) {
      auto number = value.get<uint64_t>();
      if (number <= static_cast<uint64_t>(std::numeric_limits<Number>::max())) {
        return static_cast<Number>(number);
      }
    }
    return Wrong<Number>(name, "a whole number");
  }

  // Absent is false.
  bool Flag(const Json& in, const char* name) {
    const Json& value = Member(in, name);
    if (value.is_null()) return false;
    if (!value.is_boolean()) return Wrong<bool>(name, "true or false");
    return value.get<bool>();
  }

  // Absent is the empty digest.
  Digest Hash(const Json& value, const char* name) {
    if (value.is_null()) return {};
    auto digest = value.is_string() ? Digest::FromHex(value.get<std::string>()) : std::nullopt;
    return digest ? *digest : Wrong<Digest>(name, "a digest of 64 hex digits");
  }

  template <typename Visit>
  void ForEach(const Json& in, const char* name, const Visit& visit) {
    const Json& list = Member(in, name);
    if (!list.is_array()) {
      Wrong<int>(name, "a list");
      return;
    }
    for (const Json& item : list) visit(item);
  }

  std::vector<std::string> Texts(const Json& in, const char* name) {
    std::vector<std::string> texts;
    ForEach(in, name, [&](const Json& item) { texts.push_back(AsText(item, name)); });
    return texts;
  }

  Value ReadValue(const Json& in, const char* name) {
    const Json& exact = Member(Member(in, "exact"), name);
    if (exact.is_string()) {
      auto bytes = DecodeBase64(exact.get_ref<const std::string&>());
      auto value = bytes ? DecodeValue(*bytes) : Fail(ErrorKind::kCorrupt, "");
      return value ? std::move(*value) : Wrong<Value>(name, "an exact value");
    }
    auto value = FromJson(Member(in, name).dump());
    return value ? std::move(*value) : Wrong<Value>(name, "a value");
  }

  SourceLocation Origin(const Json& in) {
    const Json& origin = Member(in, "origin");
    return {Text(origin, "file"), Integer<int>(origin, "line"), Integer<int>(origin, "column")};
  }

  std::vector<FieldDiff> Diff(const Json& in) {
    std::vector<FieldDiff> diff;
    ForEach(in, "diff", [&](const Json& item) {
      diff.push_back({.path = Text(item, "path"),
                      .before = ReadValue(item, "before"),
                      .after = ReadValue(item, "after"),
                      .replaces = Flag(item, "replaces"),
                      .pending = Flag(item, "pending"),
                      .secret = Flag(item, "sensitive")});
    });
    return diff;
  }

  std::vector<Reason> Reasons(const Json& in) {
    std::vector<Reason> reasons;
    ForEach(in, "reasons", [&](const Json& item) {
      auto kind = ReasonFromName(Text(item, "kind"));
      if (!kind) Wrong<int>("kind", "a reason");
      reasons.push_back({kind.value_or(ReasonKind::kNone), Text(item, "detail")});
    });
    return reasons;
  }

  Change OneChange(const Json& in) {
    Change change;
    change.address = Text(in, "address");
    change.type = Text(in, "type");
    auto action = ActionFromName(Text(in, "action"));
    change.action = action ? *action : Wrong<Action>("action", "an action");
    change.reasons = Reasons(in);
    change.before = ReadValue(in, "before");
    change.after = ReadValue(in, "after");
    change.diff = Diff(in);
    change.depends_on = Texts(in, "depends_on");
    change.origin = Origin(in);
    if (Has(in, "doc")) change.doc = Text(in, "doc");
    if (Has(in, "expected_ns")) change.expected_ns = Integer<int64_t>(in, "expected_ns");
    change.observed = Hash(Member(in, "observed"), "observed");
    change.key = Hash(Member(in, "key"), "key");
    if (Has(in, "moved_from")) change.moved_from = Text(in, "moved_from");
    return change;
  }

 private:
  bool Has(const Json& in, const char* name) { return !Member(in, name).is_null(); }

  template <typename T>
  T Wrong(const char* name, const char* expected) {
    if (!wrong_) wrong_ = fmt::format("`{}` is not {}", name, expected);
    return T{};
  }

  std::optional<std::string> wrong_;
};

void ReadHead(PlanReader& reader, const Json& in, Plan& plan) {
  plan.state_serial = reader.Integer<uint64_t>(in, "state_serial");
  plan.destroy = reader.Flag(in, "destroy");
  plan.targets = reader.Texts(in, "targets");
  plan.excludes = reader.Texts(in, "excludes");
  plan.notes = reader.Texts(in, "notes");
  const Json& sources = reader.Member(in, "sources");
  for (const auto& [path, digest] : sources.items()) {
    plan.sources[path] = reader.Hash(digest, "sources");
  }
  reader.ForEach(in, "params", [&](const Json& item) {
    plan.params[reader.Text(item, "name")] = reader.ReadValue(item, "value");
  });
  reader.ForEach(in, "outs", [&](const Json& item) {
    plan.outs.emplace_back(reader.Text(item, "name"), reader.ReadValue(item, "value"));
  });
}

void ReadBody(PlanReader& reader, const Json& in, Plan& plan) {
  reader.ForEach(in, "changes",
                 [&](const Json& item) { plan.changes.push_back(reader.OneChange(item)); });
  reader.ForEach(in, "drift", [&](const Json& item) {
    plan.drift.push_back({.address = reader.Text(item, "address"),
                          .diff = reader.Diff(item),
                          .gone = reader.Flag(item, "gone")});
  });
  reader.ForEach(in, "checks", [&](const Json& item) {
    plan.checks.push_back({.address = reader.Text(item, "address"),
                           .message = reader.Text(item, "message"),
                           .failed = reader.Flag(item, "failed"),
                           .pending = reader.Flag(item, "pending"),
                           .warning = reader.Flag(item, "warning"),
                           .origin = reader.Origin(item)});
  });
}

}  // namespace

Result<Plan> DecodePlan(std::string_view text) {
  constexpr const char* kWayOut = "make it again with `opsc plan -o FILE`";
  Json in = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  PlanReader reader;
  if (in.is_discarded() || !in.is_object() || !reader.Member(in, "format").is_string()) {
    return Fail(ErrorKind::kInput, "this is not a saved plan", kWayOut);
  }
  std::string format = reader.Text(in, "format");
  if (format != "opsc.plan/1") {
    return Fail(ErrorKind::kInput,
                fmt::format("this is a plan of format `{}`; this opsc reads `opsc.plan/1`", format),
                kWayOut);
  }
  Plan plan;
  ReadHead(reader, in, plan);
  ReadBody(reader, in, plan);
  plan.saved = true;
  if (reader.wrong()) {
    return Fail(ErrorKind::kInput, fmt::format("the plan is damaged: {}", *reader.wrong()),
                kWayOut);
  }
  return plan;
}

}  // namespace opsc
