#include "compiler/lsp/literal_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace opsc::lsp {
namespace {

constexpr int kMaxNested = 3;

std::string PlainOfPrim(Prim prim) {
  switch (prim) {
    case Prim::kBool:
      return "false";
    case Prim::kInt:
      return "0";
    case Prim::kFloat:
      return "0.0";
    case Prim::kRatio:
      return "0%";
    case Prim::kDuration:
      return "1min";
    case Prim::kSize:
      return "1MiB";
    case Prim::kFile:
      return "file(\"\")";
    case Prim::kFiles:
      return "files(\"\")";
    case Prim::kAny:
    case Prim::kNull:
    case Prim::kNever:
    case Prim::kError:
      return "null";
    default:
      return "\"\"";
  }
}

const std::vector<RecordField>* FieldsOf(const Model& model, TypeId type) {
  if (const auto* record = model.types.As<RecordType>(type)) return &record->fields;
  if (const auto* named = model.types.As<NamedType>(type)) {
    return &model.types.nominal[named->nominal].fields;
  }
  return nullptr;
}

std::string LowestOf(const Model& model, const RefinedType& refined) {
  if (refined.low && !refined.low->is(ValueKind::kInt)) return ToText(*refined.low);
  bool text = model.types.Is(refined.base, Prim::kString);
  if (refined.low && !text) return ToText(*refined.low);
  return PlainLiteral(model, refined.base);
}

std::string RecordSnippet(const Model& model, const std::vector<RecordField>& fields, int& tab,
                          int depth);

std::string Snippet(const Model& model, TypeId type, int& tab, int depth) {
  if (const auto* fields = FieldsOf(model, type); fields && depth < kMaxNested) {
    return RecordSnippet(model, *fields, tab, depth + 1);
  }
  if (model.types.As<ListType>(type)) return fmt::format("[${{{}}}]", tab++);
  std::vector<std::string> literals = LiteralsOf(model, type);
  if (literals.size() > 1) {
    std::string choice;
    for (std::string& literal : literals) {
      std::string escaped = EscapeSnippet(literal);
      for (size_t at = escaped.find_first_of(",|"); at != escaped.npos;
           at = escaped.find_first_of(",|", at + 2)) {
        escaped.insert(at, "\\");
      }
      choice += (choice.empty() ? "" : ",") + escaped;
    }
    return fmt::format("${{{}|{}|}}", tab++, choice);
  }
  std::string plain = PlainLiteral(model, type);
  if (plain == "\"\"") return fmt::format("\"${{{}}}\"", tab++);
  return fmt::format("${{{}:{}}}", tab++, EscapeSnippet(plain));
}

std::string RecordSnippet(const Model& model, const std::vector<RecordField>& fields, int& tab,
                          int depth) {
  std::string text;
  for (const RecordField& field : fields) {
    if (!field.required) continue;
    text += fmt::format("{}{}: {}", text.empty() ? " " : ", ", field.name.text(),
                        Snippet(model, field.type, tab, depth));
  }
  if (text.empty()) return fmt::format("{{ ${{{}}} }}", tab++);
  return "{" + text + " }";
}

}  // namespace

std::shared_ptr<Slice> CheckHole(Program& program, const Piece& piece, std::string text) {
  PieceFile alone = program.store.Read("", std::move(text));
  bool whole = alone.pieces.size() == 1 && alone.pieces[0].errors == 0;
  std::shared_ptr<Slice> slice;
  if (whole) {
    CheckNotes notes;
    notes.hole = Symbol(kHoleName);
    slice = CheckSlice(program, {piece.file}, notes, {{piece.file, alone.pieces[0].kept.get()}});
  }
  program.store.Release(alone);
  return slice;
}

bool IsOwnField(const Slice& slice, const RecordField& field) {
  const auto& found = slice.notes.found;
  if (!found || IsNone(found->nominal)) return true;
  const auto& fields = slice.model.types.nominal[found->nominal].fields;
  return std::ranges::find(fields, field.name, &RecordField::name) != fields.end();
}

std::vector<std::string> LiteralsOf(const Model& model, TypeId type) {
  if (IsNone(type)) return {};
  auto text = [](const Value& value) {
    return value.is(ValueKind::kString) ? Quote(value.AsString()) : ToText(value);
  };
  if (const auto* literal = model.types.As<LiteralType>(type)) return {text(literal->value)};
  if (model.types.Is(type, Prim::kBool)) return {"true", "false"};
  if (const auto* optional = model.types.As<OptionalType>(type)) {
    return LiteralsOf(model, optional->base);
  }
  std::vector<std::string> all;
  if (const auto* choice = model.types.As<UnionType>(type)) {
    for (TypeId member : choice->members) {
      for (std::string& literal : LiteralsOf(model, member)) all.push_back(std::move(literal));
    }
  }
  return all;
}

std::string PlainLiteral(const Model& model, TypeId type) {
  if (IsNone(type)) return "null";
  return Match(
      model.types[type], [](const PrimType& t) { return PlainOfPrim(t.prim); },
      [&](const LiteralType& t) {
        return t.value.is(ValueKind::kString) ? Quote(t.value.AsString()) : ToText(t.value);
      },
      [&](const UnionType& t) { return PlainLiteral(model, t.members[0]); },
      [&](const RefinedType& t) { return LowestOf(model, t); },
      [](const ListType&) { return std::string("[]"); },
      [](const MapType&) { return std::string("{}"); },
      [](const OptionalType&) { return std::string("null"); },
      [&](const SecretType& t) { return PlainLiteral(model, t.base); },
      [&](const RecordType&) { return std::string("{}"); },
      [&](const NamedType&) { return std::string("{}"); },
      [](const FunctionType&) { return std::string("x => x"); },
      [](const auto&) { return std::string("null"); });
}

std::string SnippetFor(const Model& model, TypeId type, int& tab) {
  return Snippet(model, type, tab, 0);
}

std::string EscapeSnippet(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '$' || c == '}' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace opsc::lsp
