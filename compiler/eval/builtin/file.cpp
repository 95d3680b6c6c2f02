#include <fmt/format.h>

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/builtin/arguments.h"
#include "runtime/base/env.h"

namespace opsc::eval::builtin {

Value File(Call& call) {
  if (!RequireKind(call, call.args[0], ValueKind::kString)) return {};
  auto path = NormalRelativePath(call.args[0].AsString());
  if (!path || path->empty()) {
    return BadArgument(call,
                       fmt::format("{} is not a path inside of the project", ToText(call.args[0])));
  }
  FileRep file;
  file.path = *std::move(path);
  return Value::File(std::move(file));
}

Value Files(Call& call) {
  FilesRep files;
  for (const Value& argument : call.args[0].AsList()) {
    if (!RequireKind(call, argument, ValueKind::kString)) return {};
    std::string_view pattern = argument.AsString();
    bool exclude = pattern.starts_with('!');
    if (exclude) pattern.remove_prefix(1);
    auto path = NormalRelativePath(pattern);
    if (!path || path->empty()) {
      return BadArgument(
          call, fmt::format("{} is not a pattern inside of the project", ToText(argument)));
    }
    (exclude ? files.exclude : files.include).push_back(*std::move(path));
  }
  return Value::Files(std::move(files));
}

}  // namespace opsc::eval::builtin
