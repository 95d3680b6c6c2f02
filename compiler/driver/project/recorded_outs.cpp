#include "compiler/driver/project/recorded_outs.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/exec/task_command.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr std::string_view kFormat = "opsc.outs/1";

std::string PathOf(const Project& project) {
  return JoinPath(project.state_dir, "outs.json");
}

// Files by the path where they can be read: what a task made stands in `.ops/out`.
Value WithPaths(const Value& value) {
  if (value.secret()) return value;
  if (value.is(ValueKind::kFile)) {
    return Value::String(FilePath(value.AsFile()));
  }
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) items.push_back(WithPaths(item));
    return Value::List(std::move(items));
  }
  if (value.is(ValueKind::kRecord)) {
    std::vector<Field> fields;
    for (const auto& [name, field] : value.AsRecord()) fields.emplace_back(name, WithPaths(field));
    return Value::Record(std::move(fields));
  }
  return value;
}

const Value* FindOut(const Outs& outs, const std::string& name) {
  auto found = std::ranges::find(outs, name, &Outs::value_type::first);
  return found == outs.end() ? nullptr : &found->second;
}

std::unexpected<Error> Damaged(const std::string& path) {
  return Fail(ErrorKind::kCorrupt, fmt::format("`{}` is damaged", path),
              "`opsc apply` writes it anew");
}

}  // namespace

Status RecordOuts(Env& env, const Project& project, const Outs& outs) {
  Result<Outs> before = ReadOuts(env, project);
  std::vector<Field> values;
  for (const auto& [name, value] : outs) {
    const Value* last = before && value.has_pending() ? FindOut(*before, name) : nullptr;
    values.emplace_back(Symbol(name), last ? *last : WithPaths(value));
  }
  Value document = Value::Record({{Symbol("format"), Value::String(kFormat)},
                                  {Symbol("outs"), Value::Record(std::move(values))}});
  std::string text = ToJson(document, SecretPolicy::kRedact, 1) + "\n";
  std::string path = PathOf(project);
  if (auto recorded = env.ReadFile(path); recorded && *recorded == text) return {};
  return env.WriteFile(path, text, 0600);
}

Result<Outs> ReadOuts(Env& env, const Project& project) {
  std::string path = PathOf(project);
  if (env.Stat(path).type == FileType::kMissing) {
    return Fail(ErrorKind::kInput, "no outs are recorded: nothing was applied yet",
                "`opsc apply` makes the program true and records its outs");
  }
  OPS_ASSIGN(std::string text, env.ReadFile(path));
  Result<Value> document = FromJson(text);
  const Value* format = document ? document->Find("format") : nullptr;
  const Value* values = document ? document->Find("outs") : nullptr;
  bool whole =
      format && *format == Value::String(kFormat) && values && values->is(ValueKind::kRecord);
  if (!whole) return Damaged(path);
  Outs outs;
  for (const auto& [name, value] : values->AsRecord()) outs.emplace_back(name.str(), value);
  return outs;
}

}  // namespace opsc
