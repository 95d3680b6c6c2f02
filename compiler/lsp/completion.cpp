// What may be written at the cursor.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/lsp/completion_items.h"
#include "compiler/lsp/features.h"

namespace opsc::lsp {
namespace {

const std::vector<RecordField>* FieldsOf(const Model& model, TypeId type) {
  if (const auto* record = model.types.As<RecordType>(type)) return &record->fields;
  if (const auto* named = model.types.As<NamedType>(type)) {
    return &model.types.nominal[named->nominal].fields;
  }
  return nullptr;
}

TypeId Bare(const Model& model, TypeId type) {
  if (const auto* optional = model.types.As<OptionalType>(type)) return Bare(model, optional->base);
  if (const auto* secret = model.types.As<SecretType>(type)) return Bare(model, secret->base);
  return type;
}

void AddMembers(Offer& offer, const Hole& hole) {
  const Model& model = offer.hole.slice->model;
  for (const RecordField& sibling : hole.siblings) AddMember(offer, sibling, kNone<NominalId>);
  if (!hole.siblings.empty() || IsNone(hole.type)) return;
  TypeId type = Bare(model, hole.type);
  if (const auto* fields = FieldsOf(model, type)) {
    const auto* named = model.types.As<NamedType>(type);
    for (const RecordField& field : *fields) {
      AddMember(offer, field, named ? named->nominal : kNone<NominalId>);
    }
  } else if (const auto* instance = model.types.As<InstanceType>(type)) {
    for (const RecordField& out : instance->outs) AddMember(offer, out, kNone<NominalId>);
    const NominalType& nominal = model.types.nominal[instance->nominal];
    for (const RecordField& out : nominal.outs) AddMember(offer, out, instance->nominal);
    for (const RecordField& field : nominal.fields) AddMember(offer, field, instance->nominal);
    return;
  }
  AddMethods(offer, type);
}

void AddFields(Offer& offer, const Hole& hole) {
  AddRequiredFields(offer, hole);
  for (const RecordField& field : hole.fields) AddField(offer, hole, field);
}

// What an expression may begin with.
void AddValues(Offer& offer, const Hole& hole) {
  const Model& model = offer.hole.slice->model;
  AddExpected(offer, hole.type);
  if (offer.hole.in_string || offer.hole.is_number) return;
  if (hole.kind == Hole::Kind::kArgument) {
    for (const RecordField& parameter : hole.fields) {
      AddPlain(offer, parameter.name.str() + ":", ItemKind::kField,
               IsNone(parameter.type) ? "" : model.types.Print(parameter.type, 80), "1");
    }
  }
  for (auto it = hole.locals.rbegin(); it != hole.locals.rend(); ++it) {
    AddPlain(offer, it->name.str(), ItemKind::kVariable, model.types.Print(it->type, 80), "2");
  }
  for (const RecordField& sibling : hole.siblings) {
    AddPlain(offer, "self." + sibling.name.str(), ItemKind::kField,
             model.types.Print(sibling.type, 80), "5");
  }
  for (const auto& [name, of] : hole.names) AddPlain(offer, name.str(), KindOf(of), "", "3");
  AddModuleNames(offer, *offer.spot.file->module, Names::kValues, "3");
  AddModuleNames(offer, offer.spot.program->prelude, Names::kValues, "6");
  for (std::string_view word : {"if", "match", "not", "true", "false", "null", "for"}) {
    AddPlain(offer, std::string(word), ItemKind::kKeyword, "", "8");
  }
}

void AddTypes(Offer& offer, const Hole& hole) {
  if (hole.module) return;
  for (std::string_view prim : kPrimitiveTypes) {
    AddPlain(offer, std::string(prim), ItemKind::kClass, "built in", "4");
  }
  AddModuleNames(offer, *offer.spot.file->module, Names::kTypes, "1");
  AddModuleNames(offer, offer.spot.program->prelude, Names::kTypes, "3");
}

void AddInPiece(Offer& offer) {
  if (!offer.hole.slice) return;
  const Hole& hole = *offer.hole.slice->notes.found;
  if (hole.module) {
    const ProgramModule* module =
        ModuleNumbered(*offer.spot.program, offer.hole.slice->model, *hole.module);
    Names wanted = hole.kind == Hole::Kind::kType ? Names::kTypes : Names::kAll;
    if (module) AddModuleNames(offer, *module, wanted, "1");
  }
  switch (hole.kind) {
    case Hole::Kind::kMember:
      if (!hole.module) AddMembers(offer, hole);
      break;
    case Hole::Kind::kField:
      AddFields(offer, hole);
      break;
    case Hole::Kind::kType:
      AddTypes(offer, hole);
      break;
    case Hole::Kind::kValue:
    case Hole::Kind::kArgument:
      AddValues(offer, hole);
      break;
  }
}

}  // namespace

Json Complete(Workspace& w, const Json& params) {
  auto spot = SpotOf(w, params);
  if (!spot || !spot->file->in_pieces) return nullptr;
  Offer offer{w, *spot, FindHole(*spot), {}, Json::array()};
  offer.range = RangeOf(w, *spot->program, *spot->file, offer.hole.begin, spot->offset);
  switch (offer.hole.in) {
    case HoleAt::In::kNothing:
      return nullptr;
    case HoleAt::In::kItem:
      AddDeclarations(offer);
      break;
    case HoleAt::In::kAnnotation:
      for (std::string_view name : {"key", "event_time", "known_at", "label", "immutable"}) {
        AddPlain(offer, std::string(name), ItemKind::kKeyword, "", "1");
      }
      break;
    case HoleAt::In::kImport:
      AddImports(offer);
      break;
    case HoleAt::In::kPiece:
      AddInPiece(offer);
      break;
  }
  return {{"isIncomplete", false}, {"items", std::move(offer.items)}};
}

Json ResolveCompletion(Workspace& w, const Json& item) {
  Json resolved = item;
  auto program = w.programs.find(At(item, {"data", "root"}, std::string()));
  if (program == w.programs.end()) return resolved;
  Span span{static_cast<FileId>(At(item, {"data", "file"}, 0u)), At(item, {"data", "begin"}, 0u),
            At(item, {"data", "end"}, 0u)};
  uint64_t revision = At(item, {"data", "revision"}, uint64_t{0});
  if (revision != program->second->revision) return resolved;
  std::string text =
      DescribeOffered(*program->second, span, At(item, {"data", "field"}, std::string()));
  if (!text.empty()) resolved["documentation"] = Markdown(text);
  return resolved;
}

}  // namespace opsc::lsp
