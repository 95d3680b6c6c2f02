// `a.b` and `a[i]`, on data and on instances.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/memoise.h"

namespace opsc::eval {
namespace {

const RecordField* FindField(const std::vector<RecordField>& fields, Symbol name) {
  auto at = std::ranges::find(fields, name, &RecordField::name);
  return at == fields.end() ? nullptr : &*at;
}

Symbol NameOf(const ItemNode& node) {
  return Match(
      node, [](const ForItem&) { return Symbol(); }, [](const IfItem&) { return Symbol(); },
      [](const AssertItem&) { return Symbol(); }, [](const auto& item) { return item.name; });
}

}  // namespace

const Value* Interpreter::KnownOut(const std::string& address, Symbol name) {
  if (known_ == nullptr) return nullptr;
  auto it = known_->find(address);
  if (it == known_->end()) return nullptr;
  known_used_ = true;
  return it->second.Find(name);
}

// An out that the instance declares beyond its type: a file that the task makes, or an expression.
Value Interpreter::OutOf(Instance& instance, size_t out) {
  const InstanceOut& decl = instance.decl->outs[out];
  if (!IsFileOut(instance, out)) return MemberValue(instance, instance.decl->fields.size() + out);
  if (const Value* known = KnownOut(instance.address, decl.name)) return *known;
  return Value::Pending({instance.address});
}

bool Interpreter::IsFileOut(const Instance& instance, size_t out) const {
  std::string_view type = instance.type->name.text();
  return (type == "task" || type == "action") &&
         model_.types.Is(instance.decl->outs[out].type, Prim::kFile);
}

// What others see of an instance; the edge is to the instance itself, not to what it uses.
std::optional<Value> Interpreter::Member(Instance& instance, Symbol name, Span use) {
  if (instance.kind == InstanceKind::kComponent) return ComponentMember(instance, name, use);
  size_t mark = touched_.size();
  auto read = [&]() -> std::optional<Value> {
    const auto& fields = instance.decl->fields;
    auto member = FindMember(instance, name);
    if (member && *member >= fields.size()) return OutOf(instance, *member - fields.size());
    if (member) return MemberValue(instance, *member);
    if (FindField(instance.type->outs, name) != nullptr) {
      const Value* known = KnownOut(instance.address, name);
      return known != nullptr ? *known : Value::Pending({instance.address});
    }
    if (FindField(instance.type->fields, name) != nullptr)
      return Value::Null();  // optional, not set
    return std::nullopt;
  };
  std::optional<Value> value = read();
  if (instance.kind == InstanceKind::kNode) {
    touched_.resize(std::min(mark, touched_.size()));
    Touch(instance);
  }
  return value;
}

std::optional<Value> Interpreter::ComponentMember(Instance& component, Symbol name, Span use) {
  Activation* body = BodyOf(component);
  for (ItemId id : model_.scopes[body->scope].items) {
    const ItemNode& node = model_.items[id].node;
    bool visible = std::holds_alternative<ParamItem>(node) || std::holds_alternative<OutItem>(node);
    if (visible && NameOf(node) == name) return ItemValue(body, id);
  }
  return ModuleMember(body, name, use);  // `test` looks inside of components
}

std::optional<Value> Interpreter::ModuleMember(Activation* module, Symbol name, Span use) {
  auto in_scope = [&](auto& self, ScopeId scope) -> std::optional<ItemId> {
    for (ItemId id : model_.scopes[scope].items) {
      const ItemNode& node = model_.items[id].node;
      if (NameOf(node) == name) return id;
      std::optional<ItemId> inner;  // instances in `for` and `if` are seen from outside
      if (const auto* loop = std::get_if<ForItem>(&node)) inner = self(self, loop->body);
      if (const auto* choice = std::get_if<IfItem>(&node)) {
        if (!IsNone(choice->then)) inner = self(self, choice->then);
        if (!inner && !IsNone(choice->otherwise)) inner = self(self, choice->otherwise);
      }
      if (inner && std::holds_alternative<InstanceItem>(model_.items[*inner].node)) return inner;
    }
    return std::nullopt;
  };
  auto found = in_scope(in_scope, module->scope);
  if (!found) return std::nullopt;
  if (std::holds_alternative<InstanceItem>(model_.items[*found].node)) {
    return InstancesAsValue(module, *found, use);
  }
  return ItemValue(module, *found);
}

Value Interpreter::EvalNode(const ModuleExpr& e, const Expr&, Frame&) {
  InstanceRep rep;
  rep.address = model_.modules[e.module].path;
  rep.type = kModuleAsValue;
  return Value::Instance(std::move(rep));
}

// The instance that an expression names without needing its value; nullopt: it names none.
std::optional<Instance*> Interpreter::NamedInstance(ExprId id, Frame& frame) {
  const ExprNode& node = model_.exprs[id].node;
  const auto* item = std::get_if<ItemExpr>(&node);
  const auto* index = std::get_if<IndexExpr>(&node);
  if (index != nullptr) item = std::get_if<ItemExpr>(&model_.exprs[index->object].node);
  if (item == nullptr) return std::nullopt;
  const auto* decl = std::get_if<InstanceItem>(&model_.items[item->item].node);
  if (decl == nullptr || decl->key.has_value() != (index != nullptr)) return std::nullopt;
  Activation* owner = OwnerOf(frame.activation, item->item);
  Span span = model_.exprs[id].span;
  if (index != nullptr) {
    Value key = Eval(index->index, frame);
    return failed_ ? nullptr : KeyedInstance(owner, item->item, key, span);
  }
  Created& created = CreatedBy(owner, item->item);
  if (failed_) return nullptr;
  if (created.all.empty()) {
    Fail(Diag::kNotCreated, span, {owner->prefix + decl->name.str()});
    return nullptr;
  }
  return created.all[0];
}

Instance* Interpreter::KeyedInstance(Activation* owner, ItemId id, const Value& key, Span span) {
  const auto& decl = std::get<InstanceItem>(model_.items[id].node);
  std::string name = owner->prefix + decl.name.str();
  if (key.has_pending()) {
    Fail(Diag::kNotConstant, span, {"the key", "it decides which instance is meant"});
    return nullptr;
  }
  Created& created = CreatedBy(owner, id);
  if (failed_) return nullptr;
  auto text = KeyText(key);
  if (!text) {
    Fail(Diag::kBadKey, span, {name, KindName(key)});
    return nullptr;
  }
  const auto* by_key = created.by_key.get();
  if (by_key != nullptr) {
    auto it = by_key->find("[" + *text + "]");
    if (it != by_key->end()) return it->second;
  }
  Fail(Diag::kNoSuchInstance, span, {name + "[" + *text + "]"});
  auto bare = [](std::string_view bracketed) {
    bracketed = bracketed.substr(1, bracketed.size() - 2);
    bool quoted = bracketed.starts_with('"');
    return std::string(quoted ? bracketed.substr(1, bracketed.size() - 2) : bracketed);
  };
  std::map<std::string, std::string> known;  // by the key alone
  if (by_key != nullptr) {
    for (const auto& [other, unused] : *by_key) known.emplace(bare(other), other);
  }
  std::vector<std::string> names;
  for (const auto& [other, unused] : known) names.push_back(other);
  std::string nearest = Nearest(bare("[" + *text + "]"), names);
  if (!nearest.empty() && last_ != nullptr) {
    last_->hint = fmt::format("did you mean `{}{}`?", name, known[nearest]);
  }
  return nullptr;
}

Value Interpreter::MissingMember(const Expr& expr, std::string_view name, const Value& object) {
  if (model_.types.As<OptionalType>(expr.type) != nullptr) return Value::Null();
  std::string what = object.is(ValueKind::kInstance) ? "`" + object.AsInstance().address + "`"
                                                     : std::string(KindName(object));
  Fail(Diag::kNoSuchKey, expr.span, {name, what});
  if (object.is(ValueKind::kRecord) && last_ != nullptr) {
    std::vector<std::string> names;
    for (const auto& [field, unused] : object.AsRecord()) names.push_back(field.str());
    std::string nearest = Nearest(name, names);
    if (!nearest.empty()) last_->hint = fmt::format("did you mean `{}`?", nearest);
  }
  return {};
}

Value Interpreter::EvalNode(const MemberExpr& e, const Expr& expr, Frame& frame) {
  if (auto named = NamedInstance(e.object, frame)) {
    if (*named == nullptr) return {};
    auto value = Member(**named, e.name, expr.span);
    if (failed_) return {};
    return value ? *value : MissingMember(expr, e.name.text(), (*named)->reference);
  }
  Value object = Eval(e.object, frame);
  if (failed_) return {};
  return ReadMember(object, e, expr);
}

Value Interpreter::ReadMember(const Value& object, const MemberExpr& e, const Expr& expr) {
  switch (object.kind()) {
    case ValueKind::kPending:
      return object;
    case ValueKind::kNull:
      if (e.optional) return object;
      return Fail(Diag::kNullValue, model_.exprs[e.object].span,
                  {"what `." + e.name.str() + "` is read from"});
    case ValueKind::kRecord: {
      const Value* field = object.Find(e.name);
      if (field == nullptr) return MissingMember(expr, e.name.text(), object);
      return object.secret() ? field->WithSecret() : *field;
    }
    case ValueKind::kInstance: {
      const InstanceRep& rep = object.AsInstance();
      std::optional<Value> value;
      if (rep.type == kModuleAsValue) {
        for (const Module& module : model_.modules) {
          if (module.path != rep.address) continue;
          value = ModuleMember(ModuleActivation(module.scope), e.name, expr.span);
        }
      } else if (Instance* instance = ByAddress(rep.address)) {
        value = Member(*instance, e.name, expr.span);
      }
      if (failed_) return {};
      return value ? *value : MissingMember(expr, e.name.text(), object);
    }
    default:
      return MissingMember(expr, e.name.text(), object);
  }
}

Value Interpreter::EvalNode(const IndexExpr& e, const Expr& expr, Frame& frame) {
  if (auto named = NamedInstance(IdOf(expr), frame)) {
    if (*named == nullptr) return {};
    Touch(**named);
    return (*named)->reference;
  }
  Value object = Eval(e.object, frame);
  if (failed_) return {};
  Value index = Eval(e.index, frame);
  if (failed_) return {};
  if (IsPending(object) || IsPending(index)) return PendingOn({object, index});
  const Value* found = nullptr;
  if (object.is(ValueKind::kList) && index.is(ValueKind::kInt)) {
    auto items = object.AsList();
    if (index.AsInt() < 0 || index.AsInt() >= static_cast<int64_t>(items.size())) {
      return Fail(Diag::kIndexOutOfRange, expr.span,
                  {ToText(index), fmt::format("{}", items.size())});
    }
    found = &items[static_cast<size_t>(index.AsInt())];
  } else if (object.is(ValueKind::kRecord) && index.is(ValueKind::kString)) {
    found = object.Find(index.AsString());
    if (found == nullptr) return MissingMember(expr, index.AsString(), object);
  } else {
    return Fail(Diag::kNoSuchOperation, expr.span,
                {fmt::format("{} has no element {}", KindName(object), ToText(index))});
  }
  return object.secret() ? found->WithSecret() : *found;
}

Value Interpreter::AsFileValue(const Value& value) {
  if (!value.is(ValueKind::kInstance) || value.AsInstance().type != "file") return value;
  Instance* instance = ByAddress(value.AsInstance().address);
  if (instance == nullptr) return value;
  Touch(*instance);
  bool known = known_ != nullptr && known_->contains(instance->address);
  if (!known) return Value::Pending({instance->address});
  known_used_ = true;
  auto path = Member(*instance, Symbol("path"), Span{});
  if (failed_ || !path || !path->is(ValueKind::kString)) return path.value_or(Value());
  FileRep file;
  file.path = path->AsString();
  return Value::File(std::move(file));
}

}  // namespace opsc::eval
