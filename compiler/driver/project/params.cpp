#include "compiler/driver/project/params.h"

#include <fmt/format.h>

#include "runtime/value/json.h"

namespace opsc {
namespace {

Status AddFile(Env& env, const std::string& path, ParamTexts& out) {
  OPS_ASSIGN(std::string text, env.ReadFile(path));
  Result<Value> value = FromJson(text);
  if (!value) {
    return Fail(ErrorKind::kInput, fmt::format("`{}`: {}", path, value.error().message),
                "--params takes a JSON object, e.g. {\"env\": \"prod\"}");
  }
  if (!value->is(ValueKind::kRecord)) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is not a JSON object", path),
                "--params takes a JSON object, e.g. {\"env\": \"prod\"}");
  }
  for (const auto& [name, field] : value->AsRecord()) out[name.str()] = ParamText(field);
  return {};
}

}  // namespace

std::string ParamText(const Value& value) {
  if (value.is(ValueKind::kString)) return std::string(value.AsString());
  return ToJson(value, SecretPolicy::kRedact);
}

std::vector<std::string> DeclaredParams(const ParsedModule& root) {
  std::vector<std::string> names;
  for (const ast::File* file : root.files) {
    for (ast::DeclId id : file->items) {
      const auto* param = std::get_if<ast::ParamDecl>(&file->decls[id].node);
      if (param) names.push_back(param->name.text.str());
    }
  }
  return names;
}

Result<ParamTexts> CollectParams(Env& env, const Args& args, const ParsedModule& root) {
  return CollectParams(env, args, DeclaredParams(root));
}

Result<ParamTexts> CollectParams(Env& env, const Args& args,
                                 const std::vector<std::string>& declared) {
  ParamTexts params;
  for (const std::string& name : declared) {
    if (auto value = env.Variable("OPSC_PARAM_" + name)) params[name] = *value;
  }
  for (const std::string& path : args.Values("params")) OPS_TRY(AddFile(env, path, params));
  for (const std::string& word : args.Values("param")) {
    size_t equals = word.find('=');
    params[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return params;
}

}  // namespace opsc
