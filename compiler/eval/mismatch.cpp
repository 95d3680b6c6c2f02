// Why a value does not fit a type, with the path to the place inside of it.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/ensure.h"
#include "compiler/eval/interpreter.h"
#include "compiler/eval/type_checker.h"
#include "compiler/sema/text.h"

namespace opsc::eval {
namespace {

using Kind = TypeChecker::Kind;

constexpr size_t kLongest = 60;  // bytes of a value in a message

std::string Shown(const Value& value) {
  std::string text = ToText(value);
  if (text.size() <= kLongest) return text;
  size_t end = kLongest;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;  // never inside a character
  return text.substr(0, end) + "…";
}

std::string At(const std::string& path, const std::string& problem) {
  return path.empty() ? problem : path + ": " + problem;
}

std::string Below(const std::string& path, Symbol name) {
  return path.empty() ? name.str() : path + "." + name.str();
}

// The literal field by which a record says which member of a union it means.
bool SameTag(const TypeChecker& record, const Value& value) {
  bool tagged = false;
  for (const auto& field : record.fields) {
    if (field.checker->kind != Kind::kLiteral) continue;
    const Value* own = value.Find(field.name);
    if (own == nullptr || !(*own == field.checker->literal)) return false;
    tagged = true;
  }
  return tagged;
}

}  // namespace

std::string Ensurer::Explain(const TypeChecker& checker, const Value& value,
                             const std::string& path) {
  auto part = [&](const Value& inner, const std::string& at) {
    return Fits(inner, checker.parts[0]->type) ? "" : Explain(*checker.parts[0], inner, at);
  };
  bool takes_secret = checker.kind == Kind::kSecret || checker.kind == Kind::kUnion ||
                      checker.kind == Kind::kOptional;
  if (value.secret() && !takes_secret) return At(path, ExplainLeaf(checker, value));
  switch (checker.kind) {
    case Kind::kSecret:
      return Explain(*checker.parts[0], value, path);
    case Kind::kOptional:
      return Explain(*checker.parts[0], value, path);
    case Kind::kUnion:
      return ExplainUnion(checker, value, path);
    case Kind::kList:
      if (!value.is(ValueKind::kList)) break;
      for (size_t i = 0; i < value.AsList().size(); ++i) {
        std::string text = part(value.AsList()[i], fmt::format("{}[{}]", path, i));
        if (!text.empty()) return text;
      }
      break;
    case Kind::kMap:
      if (!value.is(ValueKind::kRecord)) break;
      for (const auto& [name, field] : value.AsRecord()) {
        std::string text = part(field, Below(path, name));
        if (!text.empty()) return text;
      }
      break;
    case Kind::kRecord:
      if (value.is(ValueKind::kRecord)) return ExplainRecord(checker, value, path);
      break;
    default:
      break;
  }
  return At(path, ExplainLeaf(checker, value));
}

std::string Ensurer::ExplainRecord(const TypeChecker& checker, const Value& value,
                                   const std::string& path) {
  std::vector<std::string> names;
  for (const auto& field : checker.fields) {
    names.push_back(field.name.str());
    const Value* own = value.Find(field.name);
    if (own == nullptr && field.required) {
      return At(path, fmt::format("the field `{}` is missing", field.name.text()));
    }
    if (own != nullptr && !Fits(*own, field.checker->type)) {
      return Explain(*field.checker, *own, Below(path, field.name));
    }
  }
  for (const auto& [name, unused] : value.AsRecord()) {
    if (std::ranges::find(names, name.text()) != names.end()) continue;
    std::string nearest = Nearest(name.text(), names);
    std::string hint = nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest);
    return At(path, fmt::format("{} has no field `{}`{}",
                                interpreter_.model().types.Print(checker.type), name.text(), hint));
  }
  return At(path, ExplainLeaf(checker, value));
}

std::string Ensurer::ExplainUnion(const TypeChecker& checker, const Value& value,
                                  const std::string& path) {
  const TypeChecker* only = nullptr;
  size_t candidates = 0;
  for (const TypeChecker* member : checker.parts) {
    if (member->kind != Kind::kRecord || !value.is(ValueKind::kRecord)) continue;
    if (SameTag(*member, value)) return ExplainRecord(*member, value, path);
    only = member;
    ++candidates;
  }
  if (candidates == 1) return ExplainRecord(*only, value, path);
  return At(path, ExplainLeaf(checker, value));
}

std::string Ensurer::ExplainLeaf(const TypeChecker& checker, const Value& value) {
  std::string type = interpreter_.model().types.Print(checker.type);
  if (value.secret()) return fmt::format("a secret cannot go into {}", type);
  if (checker.kind == Kind::kRefined && Fits(value, checker.parts[0]->type)) {
    std::string broken = RuleBroken(checker, value);
    if (!broken.empty()) return broken;
  }
  if (checker.kind == Kind::kUnion) return fmt::format("{} is none of {}", Shown(value), type);
  if (checker.kind == Kind::kPrim && value.is(ValueKind::kString)) {
    if (auto problem = sema::TextProblem(checker.prim, value.AsString())) {
      return fmt::format("{} is no {}: {}", Shown(value), type, *problem);
    }
  }
  return fmt::format("expected {}, got {} ({})", type, KindName(value), Shown(value));
}

}  // namespace opsc::eval
