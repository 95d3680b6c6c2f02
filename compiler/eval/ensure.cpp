#include "compiler/eval/ensure.h"

#include <algorithm>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/type_checker.h"
#include "compiler/model/walk.h"
#include "compiler/sema/text.h"

namespace opsc::eval {
namespace {

using Kind = TypeChecker::Kind;

std::optional<ValueKind> KindOf(Prim prim) {
  switch (prim) {
    case Prim::kNull:
      return ValueKind::kNull;
    case Prim::kBool:
      return ValueKind::kBool;
    case Prim::kInt:
      return ValueKind::kInt;
    case Prim::kFloat:
      return ValueKind::kFloat;
    case Prim::kRatio:
      return ValueKind::kRatio;
    case Prim::kDuration:
      return ValueKind::kDuration;
    case Prim::kSize:
      return ValueKind::kSize;
    case Prim::kTime:
      return ValueKind::kTime;
    case Prim::kString:
    case Prim::kPath:
    case Prim::kUrl:
    case Prim::kRegex:
    case Prim::kSemver:
      return ValueKind::kString;
    case Prim::kBytes:
      return ValueKind::kBytes;
    case Prim::kFile:
      return ValueKind::kFile;
    case Prim::kFiles:
      return ValueKind::kFiles;
    case Prim::kTemplate:
      return ValueKind::kTemplate;
    case Prim::kError:
    case Prim::kNever:
    case Prim::kAny:
      return std::nullopt;
  }
  return std::nullopt;
}

// Slots that an expression in a frame of its own takes: those of its loop variables.
uint32_t FrameSizeOf(const Model& model, ExprId id) {
  const Expr& expr = model.exprs[id];
  if (std::holds_alternative<LambdaExpr>(expr.node)) return 0;  // has a frame of its own
  auto loop = [](const auto& e) { return std::max(e.slot, e.second_slot.value_or(0)) + 1; };
  uint32_t size = Match(
      expr.node, [&](const ListCompExpr& e) { return loop(e); },
      [&](const RecordCompExpr& e) { return loop(e); }, [](const auto&) { return 0u; });
  ForEachChild(expr, [&](ExprId child) { size = std::max(size, FrameSizeOf(model, child)); });
  return size;
}

Value Replaced(const Value& record, const std::vector<Field>& changes) {
  std::vector<Field> fields(record.AsRecord().begin(), record.AsRecord().end());
  for (const Field& change : changes) {
    auto at = std::ranges::find(fields, change.first, &Field::first);
    if (at != fields.end()) {
      at->second = change.second;
    } else {
      fields.push_back(change);
    }
  }
  Value result = Value::Record(std::move(fields));
  result.SetOrigin(record.origin());
  return result;
}

}  // namespace

Ensurer::Ensurer(Interpreter& interpreter) : interpreter_(interpreter) {}
Ensurer::~Ensurer() = default;

Value Ensurer::Ensure(const Value& value, TypeId type, Span span) {
  const TypeChecker& checker = CheckerOf(type);
  Value changed;
  switch (Check(checker, value, changed, Run{span})) {
    case Verdict::kSame:
      return value;
    case Verdict::kChanged:
      return changed;
    case Verdict::kFailed:
      return {};
    case Verdict::kBad:
      break;
  }
  return interpreter_.Fail(Diag::kDoesNotFit, span, {Explain(checker, value, "")});
}

bool Ensurer::Fits(const Value& value, TypeId type) {
  Value changed;
  Verdict verdict = Check(CheckerOf(type), value, changed, Run{Span{}, true});
  return verdict == Verdict::kSame || verdict == Verdict::kChanged;
}

std::string Ensurer::Mismatch(const Value& value, TypeId type) {
  return Fits(value, type) ? "" : Explain(CheckerOf(type), value, "");
}

bool Ensurer::Converts(TypeId type) {
  std::vector<const TypeChecker*> above;
  return Converts(CheckerOf(type), above);
}

bool Ensurer::Converts(const TypeChecker& checker, std::vector<const TypeChecker*>& above) {
  if (checker.kind == Kind::kSecret) return true;
  if (checker.kind == Kind::kPrim) return checker.prim == Prim::kFile;
  if (std::ranges::find(above, &checker) != above.end()) return false;
  above.push_back(&checker);
  bool converts =
      std::ranges::any_of(checker.parts, [&](auto* part) { return Converts(*part, above); }) ||
      std::ranges::any_of(checker.fields, [&](auto& f) { return Converts(*f.checker, above); });
  above.pop_back();
  return converts;
}

Ensurer::Verdict Ensurer::Check(const TypeChecker& checker, const Value& value, Value& out,
                                const Run& run) {
  if (checker.kind == Kind::kAnything) return Verdict::kSame;
  if (checker.kind == Kind::kSecret) {
    Verdict verdict = CheckPlain(*checker.parts[0], value, out, run);
    if (verdict == Verdict::kSame && !value.secret()) {
      out = value.WithSecret();
      return Verdict::kChanged;
    }
    if (verdict == Verdict::kChanged) out = out.WithSecret();
    return verdict;
  }
  if (checker.kind == Kind::kUnion) return CheckUnion(checker, value, out, run);
  if (checker.kind == Kind::kOptional) {
    return value.is_null() ? Verdict::kSame : Check(*checker.parts[0], value, out, run);
  }
  return value.secret() ? Verdict::kBad : CheckPlain(checker, value, out, run);
}

// The value's own secret mark has been dealt with.
Ensurer::Verdict Ensurer::CheckPlain(const TypeChecker& checker, const Value& value, Value& out,
                                     const Run& run) {
  if (value.is(ValueKind::kPending)) return Verdict::kSame;
  auto verdict = [](bool fits) { return fits ? Verdict::kSame : Verdict::kBad; };
  switch (checker.kind) {
    case Kind::kPrim:
      return CheckPrim(checker, value, out);
    case Kind::kLiteral:
      return verdict(value == checker.literal);
    case Kind::kRefined: {
      Verdict base = CheckPlain(*checker.parts[0], value, out, run);
      return base == Verdict::kSame ? verdict(KeepsTo(checker, value)) : base;
    }
    case Kind::kList:
      return CheckList(checker, value, out, run);
    case Kind::kMap:
      return CheckMap(checker, value, out, run);
    case Kind::kRecord:
      return CheckRecord(checker, value, out, run);
    case Kind::kInstance:
      return verdict(value.is(ValueKind::kInstance) &&
                     value.AsInstance().type == checker.nominal.text());
    case Kind::kFunction:
      return verdict(value.is(ValueKind::kFunction));
    default:
      return Check(checker, value, out, run);
  }
}

Ensurer::Verdict Ensurer::CheckPrim(const TypeChecker& checker, const Value& value, Value& out) {
  if (checker.prim == Prim::kFile && value.is(ValueKind::kInstance)) {
    out = interpreter_.AsFileValue(value);
    if (interpreter_.failed()) return Verdict::kFailed;
    return out.is(ValueKind::kInstance) ? Verdict::kBad : Verdict::kChanged;
  }
  if (value.kind() != *KindOf(checker.prim)) return Verdict::kBad;
  if (sema::IsTextPrim(checker.prim) && sema::TextProblem(checker.prim, value.AsString())) {
    return Verdict::kBad;
  }
  return Verdict::kSame;
}

// The first member that fits; one that takes it as it is comes before one that changes it.
Ensurer::Verdict Ensurer::CheckUnion(const TypeChecker& checker, const Value& value, Value& out,
                                     const Run& run) {
  Value changed;
  bool found = false;
  for (const TypeChecker* member : checker.parts) {
    Value candidate;
    Verdict verdict = Check(*member, value, candidate, run);
    if (verdict == Verdict::kSame || verdict == Verdict::kFailed) return verdict;
    if (verdict == Verdict::kChanged && !found) {
      changed = std::move(candidate);
      found = true;
    }
  }
  out = std::move(changed);
  return found ? Verdict::kChanged : Verdict::kBad;
}

Ensurer::Verdict Ensurer::CheckList(const TypeChecker& checker, const Value& value, Value& out,
                                    const Run& run) {
  if (!value.is(ValueKind::kList)) return Verdict::kBad;
  auto items = value.AsList();
  std::vector<Value> changed;  // empty: nothing changed so far
  for (size_t i = 0; i < items.size(); ++i) {
    Value item;
    Verdict verdict = Check(*checker.parts[0], items[i], item, run);
    if (verdict == Verdict::kBad || verdict == Verdict::kFailed) return verdict;
    if (verdict == Verdict::kChanged) {
      if (changed.empty()) changed.assign(items.begin(), items.end());
      changed[i] = std::move(item);
    }
  }
  if (changed.empty()) return Verdict::kSame;
  out = Value::List(std::move(changed));
  out.SetOrigin(value.origin());
  return Verdict::kChanged;
}

Ensurer::Verdict Ensurer::CheckMap(const TypeChecker& checker, const Value& value, Value& out,
                                   const Run& run) {
  if (!value.is(ValueKind::kRecord)) return Verdict::kBad;
  std::vector<Field> changed;
  for (const auto& [name, field] : value.AsRecord()) {
    Value replacement;
    Verdict verdict = Check(*checker.parts[0], field, replacement, run);
    if (verdict == Verdict::kBad || verdict == Verdict::kFailed) return verdict;
    if (verdict == Verdict::kChanged) changed.emplace_back(name, std::move(replacement));
  }
  if (changed.empty()) return Verdict::kSame;
  out = Replaced(value, changed);
  return Verdict::kChanged;
}

Ensurer::Verdict Ensurer::CheckRecord(const TypeChecker& checker, const Value& value, Value& out,
                                      const Run& run) {
  if (!value.is(ValueKind::kRecord)) return Verdict::kBad;
  auto given = value.AsRecord();
  std::vector<Field> changed;
  size_t found = 0;
  bool missing_default = false;
  for (const auto& field : checker.fields) {
    // Values mostly have their fields in the order of the type.
    bool in_order = found < given.size() && given[found].first == field.name;
    const Value* own = in_order ? &given[found].second : value.Find(field.name);
    if (own == nullptr) {
      if (field.required) return Verdict::kBad;
      missing_default = missing_default || !IsNone(field.default_value);
      continue;
    }
    ++found;
    Value replacement;
    Verdict verdict = Check(*field.checker, *own, replacement, run);
    if (verdict == Verdict::kBad || verdict == Verdict::kFailed) return verdict;
    if (verdict == Verdict::kChanged) changed.emplace_back(field.name, std::move(replacement));
  }
  if (found != given.size()) return Verdict::kBad;
  if (missing_default && !run.test_only) {
    Verdict verdict = FillDefaults(checker, value, changed, run);
    if (verdict == Verdict::kFailed) return verdict;
  }
  if (!changed.empty()) out = Replaced(value, changed);
  const Value& result = changed.empty() ? value : out;
  bool has_rules = checker.info != nullptr && !checker.info->checks.empty() && !run.test_only;
  if (has_rules && CheckRules(checker, result, run) == Verdict::kFailed) return Verdict::kFailed;
  return changed.empty() ? Verdict::kSame : Verdict::kChanged;
}

Ensurer::Verdict Ensurer::FillDefaults(const TypeChecker& checker, const Value& value,
                                       std::vector<Field>& changed, const Run&) {
  Activation* scope = IsNone(checker.info->scope)
                          ? nullptr
                          : interpreter_.FindActivation(nullptr, checker.info->scope);
  for (const auto& field : checker.fields) {
    if (IsNone(field.default_value) || value.Find(field.name) != nullptr) continue;
    Value filled = interpreter_.EvalIn(field.default_value, field.frame_size, scope);
    if (interpreter_.failed()) return Verdict::kFailed;
    Span span = interpreter_.model().exprs[field.default_value].span;
    std::string what = "default of " + checker.nominal.str() + "." + field.name.str();
    filled.SetOrigin(interpreter_.origins().Link(what, span, filled.origin()));
    changed.emplace_back(field.name, std::move(filled));
  }
  return Verdict::kChanged;
}

// `check COND else "message"`, as far as it is known.
Ensurer::Verdict Ensurer::CheckRules(const TypeChecker& checker, const Value& record,
                                     const Run& run) {
  Activation* scope = IsNone(checker.info->scope)
                          ? nullptr
                          : interpreter_.FindActivation(nullptr, checker.info->scope);
  for (const NominalCheck& rule : checker.info->checks) {
    Slots slots(interpreter_.stack(), rule.frame_size + 1);
    slots[0] = record;
    Frame frame{slots.data(), scope, {}};
    Value holds = interpreter_.Eval(rule.condition, frame);
    if (interpreter_.failed()) return Verdict::kFailed;
    if (!holds.is(ValueKind::kBool) || holds.AsBool()) continue;
    Value message = interpreter_.Eval(rule.message, frame);
    if (interpreter_.failed()) return Verdict::kFailed;
    std::string text = message.is(ValueKind::kString) && !message.has_secret()
                           ? std::string(message.AsString())
                           : ToText(message);
    interpreter_.Fail(Diag::kCheckFailed, run.span, {checker.nominal.text(), text});
    interpreter_.Relate(rule.span, "this `check` does not hold");
    return Verdict::kFailed;
  }
  return Verdict::kSame;
}

void Ensurer::PrepareFields(TypeChecker& checker, const std::vector<RecordField>& fields,
                            const NominalInfo* info) {
  checker.kind = Kind::kRecord;
  checker.info = info;
  for (const RecordField& field : fields) {
    TypeChecker::FieldChecker prepared{field.name, &CheckerOf(field.type), field.required};
    if (info != nullptr) {
      auto at = std::ranges::find(info->defaults, field.name, &std::pair<Symbol, ExprId>::first);
      if (at != info->defaults.end()) {
        prepared.default_value = at->second;
        prepared.frame_size = FrameSizeOf(interpreter_.model(), at->second);
      }
    }
    checker.fields.push_back(prepared);
  }
}

void Ensurer::Prepare(TypeChecker& checker, TypeId type) {
  const Model& model = interpreter_.model();
  auto inside = [&](Kind kind, TypeId part) {
    checker.kind = kind;
    checker.parts.push_back(&CheckerOf(part));
  };
  Match(
      model.types[type],
      [&](const PrimType& t) {
        checker.prim = t.prim;
        checker.kind = KindOf(t.prim) ? Kind::kPrim : Kind::kAnything;
      },
      [&](const LiteralType& t) {
        checker.kind = Kind::kLiteral;
        checker.literal = t.value;
      },
      [&](const UnionType& t) {
        checker.kind = Kind::kUnion;
        for (TypeId member : t.members) checker.parts.push_back(&CheckerOf(member));
      },
      [&](const RefinedType& t) {
        inside(Kind::kRefined, t.base);
        checker.low = t.low;
        checker.high = t.high;
        if (!t.pattern.empty()) checker.pattern = std::make_unique<RE2>(t.pattern, RE2::Quiet);
      },
      [&](const ListType& t) { inside(Kind::kList, t.element); },
      [&](const MapType& t) { inside(Kind::kMap, t.value); },
      [&](const OptionalType& t) { inside(Kind::kOptional, t.base); },
      [&](const SecretType& t) { inside(Kind::kSecret, t.base); },
      [&](const FunctionType&) { checker.kind = Kind::kFunction; },
      [&](const RecordType& t) { PrepareFields(checker, t.fields, nullptr); },
      [&](const NamedType& t) {
        auto info = model.nominals.find(static_cast<uint32_t>(t.nominal));
        const NominalInfo* known = info == model.nominals.end() ? nullptr : &info->second;
        checker.nominal = model.types.nominal[t.nominal].name;
        PrepareFields(checker, model.types.nominal[t.nominal].fields, known);
      },
      [&](const InstanceType& t) {
        checker.kind = Kind::kInstance;
        checker.nominal = model.types.nominal[t.nominal].name;
      },
      [&](const RowsType&) {}, [&](const VarType&) {}, [&](const TypeValueType&) {});
}

const TypeChecker& Ensurer::CheckerOf(TypeId type) {
  auto& slot = checkers_[type];
  if (slot) return *slot;
  slot = std::make_unique<TypeChecker>();
  TypeChecker& checker = *slot;  // entered before its parts: types may be recursive
  checker.type = type;
  Prepare(checker, type);
  return checker;
}

}  // namespace opsc::eval
