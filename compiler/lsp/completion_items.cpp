#include "compiler/lsp/completion_items.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/literal_text.h"
#include "compiler/lsp/symbol_at.h"

namespace opsc::lsp {
namespace {

Json Data(const Offer& offer, Span span, const std::string& field = "") {
  return {{"root", offer.spot.program->root},
          {"revision", offer.spot.program->revision},
          {"file", static_cast<uint32_t>(span.file)},
          {"begin", span.begin},
          {"end", span.end},
          {"field", field}};
}

Json& Add(Offer& offer, const std::string& label, ItemKind kind, const std::string& detail,
          std::string_view order, const std::string& text) {
  if (!offer.labels.insert(label).second) return offer.dropped = Json::object();
  Json item = {{"label", label},
               {"kind", static_cast<int>(kind)},
               {"sortText", fmt::format("{}{}", order, label)},
               {"textEdit", TextEditJson(offer.range, text)}};
  if (!detail.empty()) item["detail"] = detail;
  return offer.items.emplace_back(std::move(item));
}

void MakeSnippet(const Offer& offer, Json& item, std::string_view snippet) {
  if (!offer.w.client.snippets || !item.contains("textEdit")) return;
  item["insertTextFormat"] = 2;
  item["textEdit"]["newText"] = snippet;
}

Span NominalSpan(const Model& model, NominalId id) {
  if (IsNone(id)) return {};
  auto it = model.nominals.find(static_cast<uint32_t>(id));
  return it == model.nominals.end() ? Span() : it->second.span;
}

std::string TypeText(const Model& model, TypeId type) {
  return IsNone(type) ? "" : model.types.Print(type, 120);
}

void AddUnits(Offer& offer, const Model& model, TypeId type) {
  auto prim = [&](TypeId t) {
    const auto* refined = model.types.As<RefinedType>(t);
    return refined ? refined->base : t;
  };
  std::string number = offer.hole.is_number ? offer.hole.typed : "";
  size_t digits = number.find_first_not_of("0123456789_");
  number = number.substr(0, digits);
  auto add = [&](std::initializer_list<std::string_view> units) {
    for (std::string_view unit : units) {
      std::string text = (number.empty() ? "1" : number) + std::string(unit);
      Json& item = Add(offer, text, ItemKind::kUnit, "", "1", text);
      if (number.empty()) MakeSnippet(offer, item, fmt::format("${{1:1}}{}", unit));
    }
  };
  if (model.types.Is(prim(type), Prim::kDuration)) add({"ms", "s", "min", "h", "d"});
  if (model.types.Is(prim(type), Prim::kSize))
    add({"B", "KB", "MB", "GB", "KiB", "MiB", "GiB", "TiB"});
  if (model.types.Is(prim(type), Prim::kRatio)) add({"%"});
}

TypeId WithoutMarks(const Model& model, TypeId type) {
  if (const auto* optional = model.types.As<OptionalType>(type)) {
    return WithoutMarks(model, optional->base);
  }
  const auto* secret = model.types.As<SecretType>(type);
  return secret ? WithoutMarks(model, secret->base) : type;
}

}  // namespace

ItemKind KindOf(UseOf of) {
  switch (of) {
    case UseOf::kFunction:
      return ItemKind::kFunction;
    case UseOf::kType:
      return ItemKind::kClass;
    case UseOf::kModule:
      return ItemKind::kModule;
    case UseOf::kLocal:
    case UseOf::kArgument:
      return ItemKind::kVariable;
    case UseOf::kField:
      return ItemKind::kField;
    case UseOf::kInstance:
      return ItemKind::kValue;
    case UseOf::kItem:
      return ItemKind::kConstant;
  }
  return ItemKind::kConstant;
}

void AddPlain(Offer& offer, const std::string& label, ItemKind kind, const std::string& detail,
              std::string_view order) {
  std::string text = label.ends_with(':') ? label + " " : label;
  Add(offer, label, kind, detail, order, text);
}

void AddExpected(Offer& offer, TypeId expected) {
  if (IsNone(expected)) return;
  const Model& model = offer.hole.slice->model;
  TypeId type = WithoutMarks(model, expected);
  for (const std::string& literal : LiteralsOf(model, type)) {
    bool string = literal.starts_with('"');
    if (offer.hole.in_string && !string) continue;
    std::string label = offer.hole.in_string ? literal.substr(1, literal.size() - 2) : literal;
    Add(offer, label, ItemKind::kEnumMember, TypeText(model, expected), "0", label);
  }
  if (offer.hole.in_string) return;
  AddUnits(offer, model, type);
  bool record = model.types.As<RecordType>(type) || model.types.As<NamedType>(type);
  if (!record || offer.hole.is_number) return;
  Json& item = Add(offer, "{ … }", ItemKind::kSnippet, TypeText(model, type), "0", "{}");
  int tab = 1;
  MakeSnippet(offer, item, SnippetFor(model, type, tab));
}

void AddMember(Offer& offer, const RecordField& field, NominalId of) {
  const Model& model = offer.hole.slice->model;
  Json& item = Add(offer, field.name.str(), ItemKind::kProperty, TypeText(model, field.type), "1",
                   field.name.str());
  Span span = NominalSpan(model, of);
  if (span.valid()) item["data"] = Data(offer, span, field.name.str());
}

void AddField(Offer& offer, const Hole& hole, const RecordField& field) {
  const Model& model = offer.hole.slice->model;
  bool own = IsOwnField(*offer.hole.slice, field);
  std::string_view order = field.required && own ? "1" : own ? "2" : "4";
  std::string label = field.name.str();
  Json& item =
      Add(offer, label, ItemKind::kField, TypeText(model, field.type), order, label + ": ");
  int tab = 1;
  std::string value = IsNone(field.type) ? "${1}" : SnippetFor(model, field.type, tab);
  MakeSnippet(offer, item, fmt::format("{}: {}", label, value));
  if (item.contains("label") && field.required && own)
    item["labelDetails"] = {{"description", "required"}};
  Span span = NominalSpan(model, hole.nominal);
  if (own && span.valid() && item.contains("label")) item["data"] = Data(offer, span, label);
}

void AddRequiredFields(Offer& offer, const Hole& hole) {
  const Model& model = offer.hole.slice->model;
  std::string plain;
  std::string snippet;
  std::string names;
  int tab = 1;
  int count = 0;
  for (const RecordField& field : hole.fields) {
    if (!field.required || !IsOwnField(*offer.hole.slice, field) || IsNone(field.type)) continue;
    ++count;
    names += (names.empty() ? "" : ", ") + field.name.str();
    plain += fmt::format("{}{}: {}", plain.empty() ? "" : "\n", field.name.text(),
                         PlainLiteral(model, field.type));
    snippet += fmt::format("{}{}: {}", snippet.empty() ? "" : "\n", field.name.text(),
                           SnippetFor(model, field.type, tab));
  }
  if (count < 2) return;
  Json& item = Add(offer, "… required fields", ItemKind::kSnippet, names, "0", plain);
  MakeSnippet(offer, item, snippet);
}

void AddModuleNames(Offer& offer, const ProgramModule& module, Names wanted,
                    std::string_view order) {
  for (const OfferedName& name : NamesOf(*offer.spot.program, module)) {
    bool type = name.of == UseOf::kType;
    bool both = name.of == UseOf::kModule || wanted == Names::kAll;
    if (!both && type != (wanted == Names::kTypes)) continue;
    Json& item = Add(offer, name.name, KindOf(name.of), "", order, name.name);
    if (!item.contains("label")) continue;
    if (name.of == UseOf::kFunction) {
      MakeSnippet(offer, item, fmt::format("{}(${{1}})", EscapeSnippet(name.name)));
    }
    item["data"] = Data(offer, name.span);
  }
}

std::string DescribeOffered(const Program& program, Span span, const std::string& field) {
  if (static_cast<size_t>(span.file) >= program.store.sources().size()) return "";
  if (field.empty()) return Describe(program, span);
  auto declaration = DeclarationAt(program, span);
  const auto* type = declaration ? std::get_if<ast::TypeDecl>(&declaration->decl().node) : nullptr;
  if (!type) return "";
  for (const ast::TypeMember& member : type->members) {
    if (member.name.text.text() == field) return Describe(program, member.name.span);
  }
  return "";
}

}  // namespace opsc::lsp
