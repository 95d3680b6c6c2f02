// No label reaches a feature: neither read in it, nor by a function, let or sibling that it uses.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compiler/model/row_role.h"
#include "compiler/model/walk.h"
#include "compiler/sema/fit.h"
#include "compiler/sema/items.h"

namespace opsc::sema {
namespace {

// One feature while what it uses is walked through.
struct Feature {
  Context& c;
  Symbol name;
  const RecordExpr* columns = nullptr;              // its siblings
  std::vector<RelatedSpan> path;                    // from the feature to where the walk is
  std::set<std::pair<uint32_t, uint32_t>> entered;  // kind and id of what is on or was on the path
  std::string* note = nullptr;  // where what would be reported is written instead
};

void Walk(Feature& feature, ExprId id);

bool IsLabel(const Context& c, TypeId row, Symbol field) {
  const auto* named = c.model->types.As<NamedType>(Strip(c, row).type);
  if (!named) return false;
  auto info = c.model->nominals.find(static_cast<uint32_t>(named->nominal));
  if (info == c.model->nominals.end()) return false;
  return std::ranges::any_of(info->second.annotations, [&](const auto& entry) {
    return entry.first == field &&
           std::ranges::find(entry.second, Symbol("label")) != entry.second.end();
  });
}

std::string TextOf(Span span) {
  return fmt::format("{}:{}-{} ", static_cast<uint32_t>(span.file), span.begin, span.end);
}

constexpr std::string_view kUnknown = "what is to be predicted is not known when it is predicted";

void Report(Feature& feature, Symbol label, Span at, std::string_view hint = kUnknown) {
  if (feature.note) {
    *feature.note += fmt::format("{} {}", label.text(), TextOf(at));
    for (const RelatedSpan& step : feature.path) *feature.note += TextOf(step.span);
    return;
  }
  Diagnostic& d =
      feature.c.diags->Add(Diag::kLabelInFeature, at, {label.text(), feature.name.text()});
  for (auto step = feature.path.rbegin(); step != feature.path.rend(); ++step) {
    d.related.push_back(*step);
  }
  d.hint = hint;
}

// Goes on in what is used at `use`, once a feature.
template <typename Go>
void Enter(Feature& feature, uint32_t kind, uint32_t id, Span use, std::string how, Go&& go) {
  if (!feature.entered.emplace(kind, id).second) return;
  feature.path.push_back({use, std::move(how)});
  go();
  feature.path.pop_back();
}

void WalkItem(Feature& feature, ItemId id, Span use) {
  const auto* let = std::get_if<LetItem>(&feature.c.model->items[id].node);
  if (!let || IsNone(let->value)) return;
  Enter(feature, 0, static_cast<uint32_t>(id), use, fmt::format("by way of `{}`", let->name.text()),
        [&] { Walk(feature, let->value); });
}

void WalkFunction(Feature& feature, FnId id, Span use) {
  const Function& function = feature.c.model->functions[id];
  if (IsNone(function.body)) return;
  Enter(feature, 1, static_cast<uint32_t>(id), use,
        fmt::format("by way of `{}`", function.name.text()), [&] { Walk(feature, function.body); });
}

void WalkSibling(Feature& feature, Symbol name, Span use) {
  if (!feature.columns) return;
  for (const RecordEntry& entry : feature.columns->entries) {
    if (entry.spread || entry.name != name) continue;
    Enter(feature, 2, static_cast<uint32_t>(entry.value), use,
          fmt::format("by way of `self.{}`", name.text()), [&] { Walk(feature, entry.value); });
  }
}

void WalkSpreads(Feature& feature, const RecordExpr& record) {
  const Context& c = feature.c;
  for (const RecordEntry& entry : record.entries) {
    const auto* fields = entry.spread ? FieldsOf(c, TypeOf(c, entry.value)) : nullptr;
    if (!fields) continue;
    for (const RecordField& field : *fields) {
      if (IsLabel(c, TypeOf(c, entry.value), field.name)) {
        Report(feature, field.name, SpanOf(c, entry.value),
               "`...` takes every field, the label too: name those that are features");
      }
    }
  }
}

void Walk(Feature& feature, ExprId id) {
  const Context& c = feature.c;
  const Expr& expr = c.model->exprs[id];
  if (const auto* member = std::get_if<MemberExpr>(&expr.node)) {
    bool label = IsLabel(c, TypeOf(c, member->object), member->name);
    if (label) Report(feature, member->name, expr.span);
  } else if (const auto* item = std::get_if<ItemExpr>(&expr.node)) {
    WalkItem(feature, item->item, expr.span);
  } else if (const auto* call = std::get_if<CallFnExpr>(&expr.node)) {
    WalkFunction(feature, call->fn, expr.span);
  } else if (const auto* function = std::get_if<FnExpr>(&expr.node)) {
    WalkFunction(feature, function->fn, expr.span);
  } else if (const auto* self = std::get_if<SelfFieldExpr>(&expr.node)) {
    WalkSibling(feature, self->name, expr.span);
  } else if (const auto* record = std::get_if<RecordExpr>(&expr.node)) {
    WalkSpreads(feature, *record);
  }
  ForEachChild(c.model->exprs[id], [&](ExprId child) { Walk(feature, child); });
}

void WalkColumns(Context& c, const InstanceField& field) {
  const auto* lambda = std::get_if<LambdaExpr>(&c.model->exprs[field.value].node);
  ExprId body = lambda ? lambda->body : field.value;
  const auto* columns = std::get_if<RecordExpr>(&c.model->exprs[body].node);
  if (!columns) {
    Feature whole{c, field.name, nullptr, {}, {}};
    Walk(whole, body);
    return;
  }
  for (const RecordEntry& entry : columns->entries) {
    Feature feature{c, entry.spread ? field.name : entry.name, columns, {}, {}};
    Walk(feature, entry.value);
  }
  Feature spreads{c, field.name, columns, {}, {}};
  WalkSpreads(spreads, *columns);
}

bool MakesFeatures(const Context& c, NominalId nominal, Symbol field) {
  auto info = c.model->nominals.find(static_cast<uint32_t>(nominal));
  if (info == c.model->nominals.end()) return false;
  return std::ranges::any_of(info->second.annotations, [&](const auto& entry) {
    return entry.first == field &&
           std::ranges::find(entry.second, Symbol("feature")) != entry.second.end();
  });
}

bool HasLabels(const Context& c) {
  return std::ranges::any_of(c.model->nominals, [](const auto& nominal) {
    return std::ranges::any_of(nominal.second.annotations, [](const auto& entry) {
      return std::ranges::find(entry.second, Symbol("label")) != entry.second.end();
    });
  });
}

}  // namespace

std::string LabelsReadBy(Context& c, ExprId value) {
  std::string note;
  if (IsNone(value) || !HasLabels(c)) return note;
  Feature feature{c, {}, nullptr, {}, {}, &note};
  Walk(feature, value);
  return note;
}

void RefuseLeakage(Context& c) {
  for (const Item& item : c.model->items) {
    const auto* instance = std::get_if<InstanceItem>(&item.node);
    if (!instance || IsNone(instance->type)) continue;
    for (const InstanceField& field : instance->fields) {
      if (MakesFeatures(c, instance->type, field.name)) WalkColumns(c, field);
    }
  }
}

}  // namespace opsc::sema
