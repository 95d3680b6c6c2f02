#include "compiler/sema/noting.h"

#include "compiler/sema/fit.h"

namespace opsc::sema {
namespace {

bool WantsUses(const Context& c) {
  return c.in.notes && c.in.notes->wants_uses;
}

Span NameSpanOf(const ast::Decl& decl) {
  return Match(
      decl.node, [](const ast::ParamDecl& d) { return d.name.span; },
      [](const ast::OutDecl& d) { return d.name.span; }, [](const auto&) { return Span(); });
}

Span FieldSpan(const Context& c, NominalId id, Symbol name) {
  const NominalSource& source = c.nominals[id];
  if (!IsNone(source.component)) {
    for (ItemId item : c.model->scopes[source.component].items) {
      const ast::Decl& decl = c.items[item].decl.decl();
      const auto* param = std::get_if<ast::ParamDecl>(&decl.node);
      const auto* out = std::get_if<ast::OutDecl>(&decl.node);
      bool found = (param && param->name.text == name) || (out && out->name.text == name);
      if (found) return NameSpanOf(decl);
    }
    return {};
  }
  const auto* type =
      IsNone(source.decl.id) ? nullptr : std::get_if<ast::TypeDecl>(&source.decl.decl().node);
  if (!type) return {};
  for (const ast::TypeMember& member : type->members) {
    if (member.name.text == name) return member.name.span;
  }
  return {};
}

// The out that the instance behind an expression declares itself.
Span OwnOutSpan(const Context& c, ExprId object, Symbol name) {
  const ExprNode& node = c.model->exprs[object].node;
  if (const auto* index = std::get_if<IndexExpr>(&node)) return OwnOutSpan(c, index->object, name);
  const auto* ref = std::get_if<ItemExpr>(&node);
  if (!ref) return {};
  const auto* decl = std::get_if<ast::InstanceDecl>(&c.items[ref->item].decl.decl().node);
  if (!decl) return {};
  for (const ast::InstanceMember& member : decl->members) {
    bool out = member.kind == ast::InstanceMember::Kind::kOut && member.name.text == name;
    if (out) return member.name.span;
  }
  return {};
}

// A new hole, unless one was found: the first place is where it is written.
Hole* Open(Context& c, Hole::Kind kind) {
  if (!c.in.notes || c.in.notes->found) return nullptr;
  Hole& hole = c.in.notes->found.emplace();
  hole.kind = kind;
  return &hole;
}

UseOf UseOfItem(const Context& c, ItemId id) {
  const ItemNode& node = c.model->items[id].node;
  if (std::holds_alternative<InstanceItem>(node)) return UseOf::kInstance;
  return std::holds_alternative<LoopVarItem>(node) ? UseOf::kLocal : UseOf::kItem;
}

void AddSurroundings(Context& c, const Env& env, Hole& hole) {
  if (env.frame) {
    for (const Local& local : env.frame->locals) {
      if (!local.name.empty()) hole.locals.push_back({local.name, local.type, true});
    }
  }
  if (env.self) {
    for (const std::string& name : env.self->names()) {
      auto type = env.self->type_of(Symbol(name), {});
      if (type) hole.siblings.push_back({Symbol(name), *type, true});
    }
  }
  for (ScopeId s = env.scope; !IsNone(c.model->scopes[s].parent); s = c.model->scopes[s].parent) {
    for (const auto& [name, value] : c.names[s].values) {
      bool function = value.kind == ValueName::Kind::kFunction;
      if (function) hole.names.emplace_back(name, UseOf::kFunction);
      if (value.kind != ValueName::Kind::kItem) continue;
      hole.names.emplace_back(name, UseOfItem(c, static_cast<ItemId>(value.index)));
    }
  }
}

}  // namespace

void Note(Context& c, Span use, Span target, UseOf of) {
  if (WantsUses(c) && use.valid()) c.in.notes->uses.push_back({use, target, of});
}

void NoteValue(Context& c, Span use, const ValueName& value) {
  if (!WantsUses(c)) return;
  switch (value.kind) {
    case ValueName::Kind::kItem:
      return Note(c, use, value.span, UseOfItem(c, static_cast<ItemId>(value.index)));
    case ValueName::Kind::kFunction:
      return Note(c, use, value.span, UseOf::kFunction);
    case ValueName::Kind::kModule:
      return Note(c, use, value.span, UseOf::kModule);
    case ValueName::Kind::kBroken:
      return Note(c, use, value.span, UseOf::kItem);
  }
}

void NoteType(Context& c, Span use, const TypeName& type) {
  bool module = type.kind == TypeName::Kind::kModule;
  Note(c, use, type.span, module ? UseOf::kModule : UseOf::kType);
}

void NoteFieldOf(Context& c, NominalId nominal, const ast::Name& name) {
  if (!WantsUses(c)) return;
  Span target = IsNone(nominal) ? Span() : FieldSpan(c, nominal, name.text);
  Note(c, name.span, target, UseOf::kField);
}

void NoteField(Context& c, ExprId object, TypeId type, const ast::Name& name) {
  if (!WantsUses(c)) return;
  Span target = OwnOutSpan(c, object, name.text);
  TypeId bare = Strip(c, type).type;
  if (!target.valid()) {
    if (const auto* named = c.types().As<NamedType>(bare)) {
      target = FieldSpan(c, named->nominal, name.text);
    } else if (const auto* instance = c.types().As<InstanceType>(bare)) {
      target = FieldSpan(c, instance->nominal, name.text);
    }
  }
  Note(c, name.span, target, UseOf::kField);
}

void NoteArgument(Context& c, const Signature& signature, size_t param, Span use) {
  if (!WantsUses(c)) return;
  Note(c, use, signature.ast().params[param].name.span, UseOf::kArgument);
}

bool IsHole(const Context& c, Symbol name) {
  return c.in.notes && !name.empty() && c.in.notes->hole == name;
}

void FoundValue(Context& c, const Env& env, TypeId expected) {
  Hole* hole = Open(c, Hole::Kind::kValue);
  if (!hole) return;
  hole->type = expected;
  AddSurroundings(c, env, *hole);
}

void FoundMember(Context& c, const Env&, TypeId object, std::optional<uint32_t> module) {
  Hole* hole = Open(c, Hole::Kind::kMember);
  if (!hole) return;
  hole->type = object;
  hole->module = module;
}

void FoundSelf(Context& c, const Env& env) {
  Hole* hole = Open(c, Hole::Kind::kMember);
  if (!hole) return;
  AddSurroundings(c, env, *hole);
  hole->locals.clear();
  hole->names.clear();
}

void FoundField(Context& c, const Env& env, TypeId type, NominalId nominal,
                const std::vector<RecordField>& fields, const std::vector<bool>& set) {
  Hole* hole = Open(c, Hole::Kind::kField);
  if (!hole) return;
  hole->type = type;
  hole->nominal = nominal;
  AddSurroundings(c, env, *hole);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i >= set.size() || !set[i]) hole->fields.push_back(fields[i]);
  }
}

void FoundType(Context& c, ScopeId, std::optional<uint32_t> module) {
  Hole* hole = Open(c, Hole::Kind::kType);
  if (hole) hole->module = module;
}

void FoundArguments(Context& c, std::vector<RecordField> parameters) {
  if (!c.in.notes || !c.in.notes->found) return;
  Hole& hole = *c.in.notes->found;
  if (hole.kind != Hole::Kind::kValue || !hole.fields.empty()) return;
  hole.kind = Hole::Kind::kArgument;
  hole.fields = std::move(parameters);
}

}  // namespace opsc::sema
