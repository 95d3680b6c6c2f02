#include <algorithm>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "compiler/eval/interpreter.h"

namespace opsc::eval::builtin {

Value SecretEnv(Call& call) {
  return call.in.ReadSecret("env", std::string(call.args[0].AsString()), call.span);
}

Value SecretFile(Call& call) {
  return call.in.ReadSecret("file", std::string(call.args[0].AsString()), call.span);
}

Value Declassify(Call& call) {
  const Value& value = call.args[0];
  const Value& reason = call.args[1];
  GraphCheck note;
  note.address = "declassify";
  note.message = reason.is(ValueKind::kString) ? std::string(reason.AsString()) : ToText(reason);
  note.failed = true;
  note.warning = true;
  note.origin = call.in.Location(call.span);
  auto same = [&](const GraphCheck& other) {
    return other.origin.file == note.origin.file && other.origin.line == note.origin.line &&
           other.origin.column == note.origin.column && other.message == note.message;
  };
  auto& notes = call.in.notes();
  if (std::ranges::none_of(notes, same)) notes.push_back(std::move(note));
  if (IsPending(value)) return Value::Pending(value.AsPending().waits_for);
  if (!RequireKind(call, value, ValueKind::kString)) return {};
  return Value::String(value.AsString());
}

Value ErrorOut(Call& call) {
  const Value& message = call.args[0];
  if (IsPending(message)) return message;
  bool plain = message.is(ValueKind::kString) && !message.has_secret();
  return call.in.Fail(Diag::kUserError, call.span,
                      {plain ? std::string(message.AsString()) : ToText(message)});
}

}  // namespace opsc::eval::builtin
