#include <fmt/format.h>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/name_hint.h"
#include "compiler/driver/project/recorded_outs.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Result<Value> FindOut(const Outs& outs, const std::string& wanted) {
  std::vector<std::string> known;
  for (const auto& [name, value] : outs) {
    if (name == wanted) return value;
    known.push_back(name);
  }
  return Fail(ErrorKind::kInput, fmt::format("the last apply left no out `{}`", wanted),
              NameHint(wanted, known, "declare it: `out NAME: TYPE = …`, and apply"));
}

// A text as it is, so that a script can use it; all else as in `.ops`.
std::string PlainText(const Value& value) {
  return value.is(ValueKind::kString) ? std::string(value.AsString()) : ToText(value);
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(Outs outs, ReadOuts(*session.env, project));
  if (!args.positional.empty()) {
    OPS_ASSIGN(Value value, FindOut(outs, args.positional.front()));
    WriteOut((session.json ? ToJson(value, SecretPolicy::kRedact) : PlainText(value)) + "\n");
    return kExitOk;
  }
  if (session.json) {
    std::vector<Field> fields;
    for (const auto& [name, value] : outs) fields.emplace_back(Symbol(name), value);
    WriteOut(ToJson(Value::Record(std::move(fields)), SecretPolicy::kRedact, 2) + "\n");
    return kExitOk;
  }
  for (const auto& [name, value] : outs) WriteOut(fmt::format("{}: {}\n", name, ToText(value)));
  return kExitOk;
}

}  // namespace

extern const Command kOutputCommand = {
    .name = "output",
    .summary = "the outs of the program as the last apply left them",
    .example = "opsc output url",
    .run = Run,
    .positional = {"NAME", 0, 1},
    .groups = kJsonGroup,
    .details =
        "With a NAME, a text is printed as it is; a file is its path. Secrets are not shown."};

}  // namespace opsc
