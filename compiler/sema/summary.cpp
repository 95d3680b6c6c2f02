// What the rest of a program can see of each item.
#include <fmt/format.h>

#include <limits>

#include "compiler/sema/items.h"
#include "compiler/sema/noting.h"

namespace opsc::sema {
namespace {

std::string TextOf(const Context& c, TypeId type) {
  return c.model->types.Print(type, std::numeric_limits<size_t>::max());
}

std::string TextOf(const Context& c, const std::vector<RecordField>& fields) {
  std::string text;
  for (const RecordField& field : fields) {
    bool known = !IsNone(field.type);
    text += fmt::format("{}{}{};", field.name.text(), field.required ? "!" : ":",
                        known ? TextOf(c, field.type) : "");
  }
  return text;
}

std::string TextOf(const Waits& waits) {
  std::string text;
  for (const auto& [name, wait] : waits) text += fmt::format("{}~{};", name.text(), wait);
  return text;
}

std::string TypeText(Context& c, ItemId id) {
  TypeId type = TypeOfItem(c, id);
  std::string text = TextOf(c, type);
  if (const auto* map = c.types().As<MapType>(type)) type = map->value;
  if (const auto* instance = c.types().As<InstanceType>(type)) text += TextOf(c, instance->outs);
  return text;
}

// What makes it unready for who reads it from another module.
std::string TextOfUnready(Context& c, std::optional<ItemId> by) {
  if (!by) return "";
  Span span = c.model->items[*by].span;
  return fmt::format("unready {}:{}", static_cast<uint32_t>(span.file), span.begin);
}

void SummariseFunction(Context& c, SignatureId id) {
  const Signature& signature = c.signatures[id];
  if (IsNone(signature.fn)) return;
  std::string text = signature.waits ? "waits" : "";
  text += LabelsReadBy(c, c.model->functions[signature.fn].body);
  bool imported = c.names[signature.scope].module != 0;
  if (imported) text += TextOfUnready(c, UnreadyBy(c, signature.fn));
  c.in.notes->summaries.push_back(
      {signature.decl.decl().span, signature.name, std::move(text), {}});
}

void SummariseItem(Context& c, ItemId id) {
  const ItemNode& node = c.model->items[id].node;
  Symbol name = Match(
      node, [](const LetItem& i) { return i.name; }, [](const ParamItem& i) { return i.name; },
      [](const InstanceItem& i) { return i.name; }, [](const auto&) { return Symbol(); });
  if (name.empty()) return;
  const Waits& waits = c.items[id].waits;
  std::string text = TypeText(c, id) + " " + TextOf(waits);
  if (const auto* param = std::get_if<ParamItem>(&node)) text += param->default_value ? "=" : "";
  if (const auto* let = std::get_if<LetItem>(&node)) text += LabelsReadBy(c, let->value);
  if (const auto* instance = std::get_if<InstanceItem>(&node)) {
    text += instance->condition ? "if" : "";
  } else if (c.names[c.model->items[id].scope].module != 0) {
    text += TextOfUnready(c, UnreadyBy(c, id));
  }
  c.in.notes->summaries.push_back({c.model->items[id].span, name, std::move(text), waits});
}

// Of a component: what can be given and read, and what of it waits.
void SummariseComponent(Context& c, NominalId id) {
  const NominalSource& source = c.nominals[id];
  if (IsNone(source.component) || IsNone(source.decl.id)) return;
  const ast::Decl& decl = source.decl.decl();
  const NominalType& type = c.types().nominal[id];
  std::string text = TextOf(c, type.fields) + TextOf(c, type.outs);
  bool beside = false;
  for (ItemId item : c.model->scopes[source.component].items) {
    beside = beside || c.items[item].beside;
    if (std::holds_alternative<OutItem>(c.model->items[item].node)) {
      text += TextOf(c.items[item].waits);
    }
  }
  Symbol name = std::get<ast::ComponentDecl>(decl.node).name.text;
  if (!beside) c.in.notes->summaries.push_back({decl.span, name, std::move(text), {}});
}

}  // namespace

void Summarise(Context& c) {
  for (uint32_t i = 0; i < c.items.size(); ++i) {
    if (!c.items[ItemId{i}].beside) SummariseItem(c, ItemId{i});
  }
  for (uint32_t i = 0; i < c.nominals.size(); ++i) SummariseComponent(c, NominalId{i});
  for (uint32_t i = 0; i < c.signatures.size(); ++i) {
    SummariseFunction(c, SignatureId{i});
  }
}

}  // namespace opsc::sema
