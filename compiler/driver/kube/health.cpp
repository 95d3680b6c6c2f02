#include "compiler/driver/kube/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>

#include "compiler/driver/kube/typed.h"
#include "compiler/driver/project/load.h"
#include "opsc_stdlib.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr std::string_view kRules = "k8s/health/health.ops";

// A function named after the kind. REQUIRES: it is a kind of std.k8s with a short name.
bool HasRule(const std::string& kind) {
  for (size_t i = 0; i < kStdlibSize; ++i) {
    if (kStdlib[i].path != kRules) continue;
    return kStdlib[i].text.find(fmt::format("\nfn {}(", kind)) != std::string_view::npos;
  }
  return false;
}

Value Projected(const Types& types, const Value& value, TypeId type);

// What a client of the API takes a required field for that is not there.
Value ZeroOf(const Types& types, TypeId type) {
  if (types.As<ListType>(type)) return Value::List({});
  if (types.As<MapType>(type)) return Value::Record({});
  if (types.As<NamedType>(type)) return Projected(types, Value::Record({}), type);
  if (const auto* refined = types.As<RefinedType>(type)) return ZeroOf(types, refined->base);
  if (const auto* literal = types.As<LiteralType>(type)) return literal->value;
  if (const auto* choice = types.As<UnionType>(type)) return ZeroOf(types, choice->members[0]);
  if (types.Is(type, Prim::kInt)) return Value::Int(0);
  if (types.Is(type, Prim::kBool)) return Value::Bool(false);
  return types.Is(type, Prim::kString) ? Value::String("") : Value();
}

// A word of a newer API that the type does not list.
bool IsUnknownWord(const Types& types, const Value& value, TypeId type) {
  if (const auto* optional = types.As<OptionalType>(type)) type = optional->base;
  const auto* choice = types.As<UnionType>(type);
  return choice && std::ranges::all_of(choice->members, [&](TypeId member) {
           const auto* literal = types.As<LiteralType>(member);
           return literal && literal->value != value;
         });
}

Value ProjectedRecord(const Types& types, const Value& value,
                      const std::vector<RecordField>& fields) {
  std::vector<Field> kept;
  for (const RecordField& field : fields) {
    const Value* own = value.Find(field.name);
    if (own && !own->is_null() && !IsUnknownWord(types, *own, field.type)) {
      kept.emplace_back(field.name, Projected(types, *own, field.type));
    } else if (field.required) {
      kept.emplace_back(field.name, ZeroOf(types, field.type));
    }
  }
  return Value::Record(std::move(kept));
}

// Only what the type knows: a newer API has more fields; and all that it wants.
Value Projected(const Types& types, const Value& value, TypeId type) {
  if (const auto* optional = types.As<OptionalType>(type)) {
    return value.is_null() ? value : Projected(types, value, optional->base);
  }
  if (const auto* list = types.As<ListType>(type); list && value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) items.push_back(Projected(types, item, list->element));
    return Value::List(std::move(items));
  }
  if (!value.is(ValueKind::kRecord)) return value;
  if (const auto* record = types.As<RecordType>(type)) {
    return ProjectedRecord(types, value, record->fields);
  }
  const auto* named = types.As<NamedType>(type);
  return named ? ProjectedRecord(types, value, types.nominal[named->nominal].fields) : value;
}

// What is judged is what two objects turn out to be: so the program is evaluated once, and each
// judgement only resolves its out.
std::string ProgramText(const std::string& function, const std::string& type) {
  return fmt::format(
      "edition 2026\nimport std.k8s\nimport std.k8s.health\n"
      "k8s.Object object {{ apiVersion: \"v1\", kind: \"any\", metadata: {{ name: \"object\" }} "
      "}}\n"
      "k8s.Object any_object {{ apiVersion: \"v1\", kind: \"any\", metadata: {{ name: \"any\" }} "
      "}}\n"
      "fn judge(o: {0}, bare: health.Conditioned) -> health.Health =\n"
      "  health.terminating(bare) ?? health.{1}(o)\n"
      "out health: health.Health = judge(object.status, any_object.status)\n",
      type, function);
}

const Function& JudgeOf(const Model& model) {
  for (size_t i = 0; i < model.functions.size(); ++i) {
    const Function& function = model.functions[static_cast<FnId>(i)];
    if (function.name.text() == "judge") return function;
  }
  OPS_CHECK(false, "the program has its judge");
  std::abort();
}

HealthStatus StatusNamed(std::string_view name) {
  constexpr std::array kAll{HealthStatus::kHealthy,  HealthStatus::kProgressing,
                            HealthStatus::kDegraded, HealthStatus::kSuspended,
                            HealthStatus::kMissing,  HealthStatus::kUnknown};
  auto found = std::ranges::find(kAll, name, HealthName);
  return found == kAll.end() ? HealthStatus::kUnknown : *found;
}

// The rules for one kind, ready to run.
struct Rule {
  std::unique_ptr<LoadedProgram> program;
  TypeId object = kNone<TypeId>;      // what the rules take it for
  TypeId any_object = kNone<TypeId>;  // what those for all kinds do
};

Rule MakeRule(const std::string& function, const std::string& type) {
  MemoryEnv env;
  Project project{"/health", "/health/.ops", {"health.ops"}};
  OPS_CHECK(env.MakeDirs("/health"), "memory takes folders");
  OPS_CHECK(env.WriteFile("/health/health.ops", ProgramText(function, type), 0644),
            "memory takes files");
  Rule rule;
  rule.program = CheckProject(env, project);
  LoadedProgram& program = *rule.program;
  OPS_CHECK(program.ok(), "the rules of health are sound");
  const Function& judge = JudgeOf(program.model);
  rule.object = judge.params[0];
  rule.any_object = judge.params[1];
  program.evaluation = Evaluate(program.model, program.parsed.sources, {}, program.diagnostics);
  OPS_CHECK(program.evaluation != nullptr, "the rules of health can be evaluated");
  return rule;
}

Value StatusOnly(Value value) {
  return WithResult(Value::Record({{Symbol("status"), std::move(value)}}), "ok");
}

// "health.ops:8:3: expected …" without the place, which is nobody's.
std::string WithoutPlace(const std::string& message) {
  size_t place = message.find(".ops:");
  size_t end = message.find(": ");
  return place < end && end != message.npos ? message.substr(end + 2) : message;
}

Health Run(const Rule& rule, const Value& object) {
  const Types& types = rule.program->model.types;
  Outputs known = {{"object", StatusOnly(Projected(types, object, rule.object))},
                   {"any_object", StatusOnly(Projected(types, object, rule.any_object))}};
  auto health = rule.program->evaluation->ResolveOut(Symbol("health"), known);
  if (!health) {
    std::string why = WithoutPlace(health.error().message);
    return {HealthStatus::kUnknown, "the object does not fit its type: " + why};
  }
  return {StatusNamed(TextField(*health, "status")), TextField(*health, "message")};
}

// The rules used so far, by name of the function.
class Rules {
 public:
  Health Judge(const Value& object) {
    std::string kind = TextField(object, "kind");
    auto type = BuiltinTypeOf(object);
    bool ruled = type && type->type == "k8s." + kind && HasRule(kind);
    std::lock_guard lock(mutex_);
    return Run(
        ruled ? RuleFor(kind, "k8s." + kind + "Object") : RuleFor("other", "health.Conditioned"),
        object);
  }

 private:
  const Rule& RuleFor(const std::string& function, const std::string& type) {
    auto found = rules_.find(function);
    if (found == rules_.end()) found = rules_.emplace(function, MakeRule(function, type)).first;
    return found->second;
  }

  std::mutex mutex_;
  std::map<std::string, Rule> rules_;
};

}  // namespace

HealthJudge MakeHealthJudge() {
  auto rules = std::make_shared<Rules>();  // a std::function is copied, its rules are not
  return [rules](const Value& object) -> Result<Health> { return rules->Judge(object); };
}

}  // namespace opsc
