#include "compiler/eval/meta.h"

#include <algorithm>
#include <array>

namespace opsc::eval {
namespace {

constexpr std::array<std::string_view, 9> kMetas{"after",   "protect",      "replace_when",
                                                 "ignore",  "create_first", "timeout",
                                                 "retries", "labels",       "provider"};

bool Texts(const Value& value, std::vector<std::string>& out) {
  if (!value.is(ValueKind::kList)) return false;
  for (const Value& item : value.AsList()) {
    if (!item.is(ValueKind::kString)) return false;
    out.emplace_back(item.AsString());
  }
  return true;
}

bool Labels(const Value& value, std::map<std::string, std::string>& out) {
  if (!value.is(ValueKind::kRecord)) return false;
  for (const auto& [name, text] : value.AsRecord()) {
    if (!text.is(ValueKind::kString)) return false;
    out.insert_or_assign(name.str(), std::string(text.AsString()));
  }
  return true;
}

bool Flag(const Value& value, bool& out) {
  if (!value.is(ValueKind::kBool)) return false;
  out = value.AsBool();
  return true;
}

bool Amount(const Value& value, ValueKind kind, int64_t& out) {
  if (!value.is(kind) || value.AsInt() < 0) return false;
  out = value.AsInt();
  return true;
}

// What it should have been; empty: it was taken.
std::string_view Take(std::string_view name, const Value& value, Meta& meta) {
  auto taken = [](bool ok, std::string_view expected) { return ok ? "" : expected; };
  if (name == "protect") return taken(Flag(value, meta.protect), "expected a bool");
  if (name == "create_first") return taken(Flag(value, meta.create_first), "expected a bool");
  if (name == "ignore") return taken(Texts(value, meta.ignore), "expected a list of field paths");
  if (name == "replace_when") {
    return taken(Texts(value, meta.replace_when), "expected a list of field paths");
  }
  if (name == "timeout") {
    return taken(Amount(value, ValueKind::kDuration, meta.timeout_ns),
                 "expected a duration from 0s");
  }
  if (name == "retries") {
    return taken(Amount(value, ValueKind::kInt, meta.retries), "expected an int from 0");
  }
  if (name == "labels") return taken(Labels(value, meta.labels), "expected a map of strings");
  return "";
}

}  // namespace

bool IsMeta(const Instance& instance, Symbol name) {
  if (std::ranges::find(kMetas, name.text()) == kMetas.end()) return false;
  const auto& fields = instance.type->fields;
  return std::ranges::find(fields, name, &RecordField::name) == fields.end();
}

void TakeMeta(Interpreter& in, const Instance& instance, const InstanceField& field,
              const Value& value, Meta& meta) {
  std::string_view name = field.name.text();
  if (name == "after") return;
  if (name == "provider") {
    in.Fail(Diag::kNotImplemented, field.span, {"`provider`"});
    return;
  }
  std::string path = instance.address + "." + field.name.str();
  if (value.has_pending()) {
    in.Fail(Diag::kNotConstant, field.span, {"`" + path + "`", "the plan needs it"});
    return;
  }
  std::string_view problem = Take(name, value, meta);
  if (!problem.empty()) in.Fail(Diag::kBadMeta, field.span, {path, problem});
}

void TakeMetaOfComponent(Interpreter& in, Instance& component, Meta& meta) {
  for (size_t i = 0; i < component.decl->fields.size(); ++i) {
    const InstanceField& field = component.decl->fields[i];
    std::string_view name = field.name.text();
    if (!IsMeta(component, field.name) || name == "after") continue;
    if (name != "protect" && name != "labels") {
      in.Fail(Diag::kNotImplemented, field.span,
              {"`" + field.name.str() + "` of a whole component"});
      return;
    }
    Value value = in.MemberValue(component, i);
    if (in.failed()) return;
    Meta own;
    TakeMeta(in, component, field, value, own);
    meta.protect = meta.protect || own.protect;
    meta.labels.merge(own.labels);
  }
}

}  // namespace opsc::eval
