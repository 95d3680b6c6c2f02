// Instances: making them from their declarations, finding them, reading their fields.
#include <fmt/format.h>

#include "compiler/eval/interpreter.h"
#include "compiler/eval/memoise.h"

namespace opsc::eval {
namespace {

InstanceKind KindOfType(const InstanceItem& decl, const NominalType& type) {
  if (decl.is_component) return InstanceKind::kComponent;
  std::string_view name = type.name.text();
  if (name == "policy") return InstanceKind::kPolicy;
  if (name == "test") return InstanceKind::kTest;
  if (name == "environment") return InstanceKind::kEnvironment;
  if (name == "pipeline") return InstanceKind::kPipeline;
  return InstanceKind::kNode;
}

}  // namespace

// The text between the brackets of an address.
std::optional<std::string> Interpreter::KeyText(const Value& key) const {
  switch (key.kind()) {
    case ValueKind::kString:
      return Quote(key.AsString());
    case ValueKind::kInt:
      return fmt::format("{}", key.AsInt());
    case ValueKind::kBool:
      return key.AsBool() ? "true" : "false";
    default:
      return std::nullopt;
  }
}

// The activation of the module or component that the instance belongs to, seen from `from`.
Activation* Interpreter::OwnerOf(Activation* from, ItemId instance) {
  ScopeId scope = model_.items[instance].scope;
  while (model_.scopes[scope].kind == Scope::Kind::kFor ||
         model_.scopes[scope].kind == Scope::Kind::kIf) {
    scope = model_.scopes[scope].parent;
  }
  return FindActivation(from, scope);
}

// A condition or key: what decides which instances there are.
Value Interpreter::ShapeOf(ExprId expr, std::string_view what, const InstanceItem& decl,
                           Activation* around) {
  Value value = EvalIn(expr, decl.frame_size, around);
  if (!failed_ && value.has_pending()) {
    Fail(Diag::kNotConstant, model_.exprs[expr].span,
         {what, "it decides which instances there are"});
  }
  return value;
}

std::optional<std::string> Interpreter::AddressOf(Activation* around, const InstanceItem& decl) {
  std::string address = around->prefix + decl.name.str();
  if (!decl.key) return address;
  Value key = ShapeOf(*decl.key, "the key", decl, around);
  if (failed_) return std::nullopt;
  auto text = KeyText(key);
  if (!text || key.secret()) {
    Fail(Diag::kBadKey, model_.exprs[*decl.key].span,
         {address, key.secret() ? "a secret" : KindName(key)});
    return std::nullopt;
  }
  return address + "[" + *text + "]";
}

// Null where its condition is false, and after a failure.
Instance* Interpreter::MakeInstance(Activation* around, ItemId id) {
  const Item& item = model_.items[id];
  const auto& decl = std::get<InstanceItem>(item.node);
  if (decl.condition) {
    Value condition = ShapeOf(*decl.condition, "the condition", decl, around);
    if (failed_ || !condition.AsBool()) return nullptr;
  }
  auto address = AddressOf(around, decl);
  if (!address) return nullptr;
  const NominalType& type = model_.types.nominal[decl.type];
  Instance& made = instances_.emplace_back();
  made.item = id;
  made.decl = &decl;
  made.type = &type;
  made.kind = KindOfType(decl, type);
  made.around = around;
  made.address = *std::move(address);
  InstanceRep rep;
  rep.address = made.address;
  rep.type = type.name.str();
  static const Value kNoFields = Value::Record({});
  rep.fields = kNoFields;
  made.reference = Value::Instance(std::move(rep));
  auto [it, fresh] = by_address_.try_emplace(made.address, &made);
  if (!fresh) {
    Fail(Diag::kDuplicateAddress, item.span, {made.address});
    Relate(model_.items[it->second->item].span, "the other one");
    return nullptr;
  }
  return &made;
}

// Goes into the `for` and `if` around the declaration, from the owner inwards.
void Interpreter::MakeInstances(Activation* owner, ItemId id, Created& created) {
  std::vector<ScopeId> path;
  for (ScopeId at = model_.items[id].scope; at != owner->scope; at = model_.scopes[at].parent) {
    path.push_back(at);
  }
  std::vector<Activation*> level{owner};
  for (; !path.empty() && !failed_; path.pop_back()) {
    ItemId holder = holders_[static_cast<size_t>(path.back())];
    std::vector<Activation*> next;
    for (Activation* activation : level) {
      for (Activation* round : Expand(activation, holder)) {
        if (round->scope == path.back()) next.push_back(round);
      }
      if (failed_) return;
    }
    level = std::move(next);
  }
  for (Activation* activation : level) {
    Instance* made = MakeInstance(activation, id);
    if (failed_) return;
    StateOf(activation, id).instance = made;
    if (made == nullptr) continue;
    created.all.push_back(made);
    if (!made->decl->key) continue;
    size_t bracket = activation->prefix.size() + made->decl->name.text().size();
    if (!created.by_key)
      created.by_key = std::make_unique<decltype(created.by_key)::element_type>();
    created.by_key->emplace(std::string_view(made->address).substr(bracket), made);
  }
}

Created& Interpreter::CreatedBy(Activation* owner, ItemId id) {
  using State = Memo::State;
  Created& created = owner->created[id];
  if (created.state == State::kDone) return created;
  if (created.state == State::kFailed) {
    FailSilently();
    return created;
  }
  const Item& item = model_.items[id];
  std::string name = owner->prefix + std::get<InstanceItem>(item.node).name.str();
  if (created.state == State::kRunning) {
    ReportCycle(&created, name);
    return created;
  }
  created.state = State::kRunning;
  active_.push_back(Active{&created, item.span, name});
  size_t mark = touched_.size();
  MakeInstances(owner, id, created);
  touched_.resize(mark);  // what decides the shape is known without applying anything
  active_.pop_back();
  created.state = !failed_ ? State::kDone : speculating() ? State::kNew : State::kFailed;
  return created;
}

void Interpreter::Touch(Instance& instance) {
  if (instance.kind == InstanceKind::kNode) touched_.push_back(&instance);
}

// A reference: the instance, or the map of all with a key.
Value Interpreter::InstancesAsValue(Activation* owner, ItemId id, Span use) {
  const auto& decl = std::get<InstanceItem>(model_.items[id].node);
  Created& created = CreatedBy(owner, id);
  if (failed_) return {};
  if (decl.key) {
    std::vector<Field> fields;
    fields.reserve(created.all.size());
    for (Instance* instance : created.all) {
      Touch(*instance);
      fields.emplace_back(KeySymbol(*instance), instance->reference);
    }
    return Value::Record(std::move(fields));
  }
  if (created.all.empty()) {
    return Fail(Diag::kNotCreated, use, {owner->prefix + decl.name.str()});
  }
  Touch(*created.all[0]);
  return created.all[0]->reference;
}

// The key as a name of the map: without the brackets and quotes of the address.
Symbol Interpreter::KeySymbol(const Instance& instance) {
  Value key = EvalIn(*instance.decl->key, instance.decl->frame_size, instance.around);
  return Symbol(key.is(ValueKind::kString) ? std::string(key.AsString()) : ToText(key));
}

std::optional<size_t> Interpreter::FindMember(const Instance& instance, Symbol name) const {
  const auto& fields = instance.decl->fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return i;
  }
  const auto& outs = instance.decl->outs;
  for (size_t i = 0; i < outs.size(); ++i) {
    if (outs[i].name == name) return fields.size() + i;
  }
  return std::nullopt;
}

bool Interpreter::IsDefaultMember(const Instance& instance, size_t member) const {
  return member < instance.decl->fields.size() && instance.decl->fields[member].is_default;
}

// A field or out as the instance's own expressions see it.
Value Interpreter::MemberValue(Instance& instance, size_t member) {
  const auto& decl = *instance.decl;
  bool is_field = member < decl.fields.size();
  size_t out = is_field ? 0 : member - decl.fields.size();
  ExprId expr = is_field ? decl.fields[member].value : decl.outs[out].value;
  uint32_t frame_size = is_field ? decl.fields[member].frame_size : decl.outs[out].frame_size;
  Span span = is_field ? decl.fields[member].span : decl.outs[out].span;
  Symbol name = is_field ? decl.fields[member].name : decl.outs[out].name;
  if (instance.members.empty()) instance.members.resize(decl.fields.size() + decl.outs.size());
  return Memoise(
      instance.members[member], span, [&] { return instance.address + "." + name.str(); },
      [&] {
        Value value = EvalIn(expr, frame_size, instance.around, Self{&instance, nullptr});
        if (failed_) return value;
        if (value.origin() == OriginId::kUnknown) value.SetOrigin(Origins::OfExpr(expr));
        if (is_field && decl.fields[member].is_default) {
          value.SetOrigin(origins_.Link(
              fmt::format("default of {}.{}", instance.type->name.text(), name.text()),
              model_.exprs[expr].span, value.origin()));
        }
        return value;
      });
}

Activation* Interpreter::BodyOf(Instance& component) {
  if (component.body == nullptr) {
    ScopeId scope = component.decl->component;
    ScopeId parent = model_.scopes[scope].parent;
    Activation* outside = IsNone(parent) ? nullptr : FindActivation(component.around, parent);
    component.body = NewActivation(scope, outside, nullptr);
    component.body->component = &component;
    component.body->prefix = component.address + "/";
  }
  return component.body;
}

void Interpreter::Collect(Activation* activation, std::vector<Instance*>& out) {
  for (ItemId id : model_.scopes[activation->scope].items) {
    const ItemNode& node = model_.items[id].node;
    if (std::holds_alternative<InstanceItem>(node)) {
      CreatedBy(activation->owner, id);
      Instance* made = failed_ ? nullptr : StateOf(activation, id).instance;
      if (made != nullptr) {
        out.push_back(made);
        if (made->kind == InstanceKind::kComponent) Collect(BodyOf(*made), out);
      }
    } else if (std::holds_alternative<ForItem>(node) || std::holds_alternative<IfItem>(node)) {
      for (Activation* round : Expand(activation, id)) Collect(round, out);
    }
    if (failed_) collect_failed_ = true;
    TakeFailure();
  }
}

Instance* Interpreter::ByAddress(const std::string& address) const {
  auto it = by_address_.find(address);
  return it == by_address_.end() ? nullptr : it->second;
}

}  // namespace opsc::eval
