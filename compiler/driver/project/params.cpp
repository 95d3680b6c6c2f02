#include "compiler/driver/project/params.h"

#include <fmt/format.h>

#include "runtime/value/json.h"

namespace opsc {
namespace {

struct Given {
  std::string name;
  std::string text;
  std::string place;
};

Status AddFile(Env& env, const std::string& path, std::vector<Given>& out) {
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
  for (const auto& [name, field] : value->AsRecord()) {
    out.push_back({name.str(), ParamText(field), fmt::format("`--params {}`", path)});
  }
  return {};
}

// All that was said, the strongest last.
Result<std::vector<Given>> AllGiven(Env& env, const Args& args,
                                    const std::vector<std::string>& declared) {
  std::vector<Given> given;
  for (const std::string& name : declared) {
    std::string variable = "OPSC_PARAM_" + name;
    if (auto value = env.Variable(variable)) given.push_back({name, *value, "`" + variable + "`"});
  }
  for (const std::string& path : args.Values("params")) OPS_TRY(AddFile(env, path, given));
  for (const std::string& word : args.Values("param")) {
    size_t equals = word.find('=');
    given.push_back({word.substr(0, equals), word.substr(equals + 1), "`-p`"});
  }
  return given;
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
  OPS_ASSIGN(auto all, AllGiven(env, args, declared));
  ParamTexts params;
  for (Given& given : all) params[given.name] = std::move(given.text);
  return params;
}

ParamPlaces PlacesOfParams(Env& env, const Args& args, const std::vector<std::string>& declared) {
  ParamPlaces places;
  auto all = AllGiven(env, args, declared);
  if (!all) return places;
  for (Given& given : *all) places[given.name] = std::move(given.place);
  return places;
}

}  // namespace opsc
