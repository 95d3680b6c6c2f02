#include <fmt/format.h>

#include <array>

#include "compiler/model/model.h"

namespace opsc {
namespace {

// Prints expressions in a form close to `.ops`: names resolved, defaults filled in, checks shown.
struct Printer {
  const Model& model;
  std::string out;

  void Line(int indent, const std::string& text) {
    out.append(static_cast<size_t>(indent) * 2, ' ');
    out += text;
    out += '\n';
  }
};

std::string Print(const Model& model, ExprId id);

std::string PrintAll(const Model& model, const std::vector<ExprId>& ids) {
  std::string text;
  for (ExprId id : ids) text += (text.empty() ? "" : ", ") + Print(model, id);
  return text;
}

std::string ItemName(const Model& model, ItemId id) {
  return Match(
      model.items[id].node, [](const LetItem& i) { return i.name.str(); },
      [](const ParamItem& i) { return i.name.str(); },
      [](const LoopVarItem& i) { return i.name.str(); },
      [](const OutItem& i) { return i.name.str(); },
      [](const InstanceItem& i) { return i.name.str(); },
      [](const auto&) { return std::string("?"); });
}

std::string_view OpText(BinaryOp op) {
  constexpr std::array<std::string_view, 16> kTexts{
      "*", "/", "%", "+", "-", "..", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or", "??"};
  return kTexts[static_cast<size_t>(op)];
}

std::string PrintParts(const Model& model, const std::vector<std::string>& texts,
                       const std::vector<ExprId>& parts) {
  std::string text;
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string quoted = Quote(texts[i]);
    text += quoted.substr(1, quoted.size() - 2);
    if (i < parts.size()) text += "${" + Print(model, parts[i]) + "}";
  }
  return "\"" + text + "\"";
}

std::string PrintMatch(const Model& model, const MatchExpr& match) {
  std::string text = "match " + Print(model, match.subject) + " { ";
  for (const MatchArm& arm : match.arms) {
    std::string pattern = "else";
    if (arm.pattern) pattern = Print(model, *arm.pattern);
    if (arm.type_test) pattern = "is " + model.types.Print(*arm.type_test);
    text += fmt::format("{} => {}, ", pattern, Print(model, arm.value));
  }
  return text + "}";
}

std::string PrintRecord(const Model& model, const RecordExpr& record) {
  std::string text;
  for (const RecordEntry& entry : record.entries) {
    text += text.empty() ? "{ " : ", ";
    if (entry.spread) {
      text += "..." + Print(model, entry.value);
      continue;
    }
    std::string name = entry.key ? "[" + Print(model, *entry.key) + "]" : entry.name.str();
    text += fmt::format("{}: {}", name, Print(model, entry.value));
  }
  return text.empty() ? "{}" : text + " }";
}

std::string PrintList(const Model& model, const ListExpr& list) {
  std::string text;
  for (const ListElement& element : list.elements) {
    text += (text.empty() ? "" : ", ") + std::string(element.spread ? "..." : "") +
            Print(model, element.value);
  }
  return "[" + text + "]";
}

std::string PrintLoop(const Model& model, uint32_t slot, std::optional<uint32_t> second,
                      ExprId over, std::optional<ExprId> condition) {
  std::string text = fmt::format("for %{}", slot);
  if (second) text += fmt::format(", %{}", *second);
  text += " in " + Print(model, over);
  if (condition) text += " if " + Print(model, *condition);
  return text + ": ";
}

std::string PrintComp(const Model& model, const ListCompExpr& comp) {
  return "[" + PrintLoop(model, comp.slot, comp.second_slot, comp.over, comp.condition) +
         Print(model, comp.value) + "]";
}

std::string PrintComp(const Model& model, const RecordCompExpr& comp) {
  return "{" + PrintLoop(model, comp.slot, comp.second_slot, comp.over, comp.condition) + "[" +
         Print(model, comp.key) + "]: " + Print(model, comp.value) + "}";
}

std::string PrintLambda(const Model& model, const LambdaExpr& lambda) {
  std::string captures;
  for (uint32_t slot : lambda.captures) {
    captures += fmt::format("{}%{}", captures.empty() ? "" : ", ", slot);
  }
  return fmt::format("(({} params, captures [{}]) => {})", lambda.param_count, captures,
                     Print(model, lambda.body));
}

std::string Print(const Model& model, ExprId id) {
  if (IsNone(id)) return "<none>";
  auto print = [&](ExprId child) { return Print(model, child); };
  return Match(
      model.exprs[id].node, [](const ConstExpr& e) { return ToText(e.value); },
      [](const LocalExpr& e) { return fmt::format("%{}", e.slot); },
      [&](const ItemExpr& e) { return fmt::format("{}^{}", ItemName(model, e.item), e.scopes_up); },
      [&](const FnExpr& e) { return "fn " + model.functions[e.fn].name.str(); },
      [](const BuiltinExpr& e) {
        return fmt::format("builtin#{}", static_cast<uint32_t>(e.builtin));
      },
      [&](const TypeExprValue& e) { return "type " + model.types.Print(e.type); },
      [&](const ModuleExpr& e) { return fmt::format("module {}", model.modules[e.module].path); },
      [](const SelfFieldExpr& e) { return "self." + e.name.str(); },
      [&](const MemberExpr& e) {
        return print(e.object) + (e.optional ? "?." : ".") + e.name.str();
      },
      [&](const IndexExpr& e) { return fmt::format("{}[{}]", print(e.object), print(e.index)); },
      [&](const CallFnExpr& e) {
        return fmt::format("{}({})", model.functions[e.fn].name.text(), PrintAll(model, e.args));
      },
      [&](const CallBuiltinExpr& e) {
        return fmt::format("builtin#{}({})", static_cast<uint32_t>(e.builtin),
                           PrintAll(model, e.args));
      },
      [&](const CallValueExpr& e) {
        return fmt::format("{}({})", print(e.callee), PrintAll(model, e.args));
      },
      [&](const UnaryExpr& e) { return (e.op == UnaryOp::kNot ? "not " : "-") + print(e.operand); },
      [&](const BinaryExpr& e) {
        return fmt::format("({} {} {})", print(e.left), OpText(e.op), print(e.right));
      },
      [&](const IfExpr& e) {
        return fmt::format("(if {} then {} else {})", print(e.condition), print(e.then),
                           print(e.otherwise));
      },
      [&](const MatchExpr& e) { return PrintMatch(model, e); },
      [&](const LambdaExpr& e) { return PrintLambda(model, e); },
      [&](const InterpExpr& e) { return PrintParts(model, e.texts, e.parts); },
      [&](const TemplateExpr& e) { return "template " + PrintParts(model, e.texts, e.parts); },
      [&](const ListExpr& e) { return PrintList(model, e); },
      [&](const RecordExpr& e) { return PrintRecord(model, e); },
      [&](const ListCompExpr& e) { return PrintComp(model, e); },
      [&](const RecordCompExpr& e) { return PrintComp(model, e); },
      [&](const WithExpr& e) {
        return fmt::format("({} with {})", print(e.base), print(e.changes));
      },
      [&](const EnsureExpr& e) {
        return fmt::format("ensure({}, {})", print(e.value), model.types.Print(e.type));
      },
      [](const ErrorExpr&) { return std::string("<error>"); });
}

std::string TypeAndValue(const Model& model, ExprId value) {
  std::string type = IsNone(value) ? "?" : model.types.Print(model.exprs[value].type);
  return fmt::format(": {} = {}", type, Print(model, value));
}

void PrintScope(Printer& printer, ScopeId scope, int indent);

void PrintInstance(Printer& printer, const InstanceItem& item, int indent) {
  const Model& model = printer.model;
  std::string type = IsNone(item.type) ? "?" : model.types.nominal[item.type].name.str();
  std::string head = fmt::format("instance {}: {}", item.name.text(), type);
  if (item.key) head += fmt::format(" [{}]", Print(model, *item.key));
  if (item.condition) head += fmt::format(" if {}", Print(model, *item.condition));
  printer.Line(indent, head);
  for (const InstanceField& field : item.fields) {
    printer.Line(indent + 1, fmt::format("{}{}: {}", field.is_default ? "default " : "",
                                         field.name.text(), Print(model, field.value)));
  }
  for (const InstanceOut& out : item.outs) {
    printer.Line(indent + 1, fmt::format("out {}: {} = {}", out.name.text(),
                                         model.types.Print(out.type), Print(model, out.value)));
  }
}

void PrintFor(Printer& printer, const ForItem& item, int indent) {
  std::string names = ItemName(printer.model, item.first);
  if (item.second) names += ", " + ItemName(printer.model, *item.second);
  printer.Line(indent, fmt::format("for {} in {}", names, Print(printer.model, item.over)));
  PrintScope(printer, item.body, indent + 1);
}

void PrintIf(Printer& printer, const IfItem& item, int indent) {
  printer.Line(indent, "if " + Print(printer.model, item.condition));
  PrintScope(printer, item.then, indent + 1);
  if (IsNone(item.otherwise)) return;
  printer.Line(indent, "else");
  PrintScope(printer, item.otherwise, indent + 1);
}

void PrintItem(Printer& printer, ItemId id, int indent) {
  const Model& model = printer.model;
  Match(
      model.items[id].node,
      [&](const LetItem& i) {
        printer.Line(indent, "let " + i.name.str() + TypeAndValue(model, i.value));
      },
      [&](const ParamItem& i) {
        std::string text = fmt::format("param {}: {}", i.name.text(), model.types.Print(i.type));
        if (i.default_value) text += " = " + Print(model, *i.default_value);
        printer.Line(indent, text);
      },
      [](const LoopVarItem&) {},
      [&](const OutItem& i) {
        printer.Line(indent, fmt::format("out {}: {} = {}", i.name.text(),
                                         model.types.Print(i.type), Print(model, i.value)));
      },
      [&](const InstanceItem& i) { PrintInstance(printer, i, indent); },
      [&](const ForItem& i) { PrintFor(printer, i, indent); },
      [&](const IfItem& i) { PrintIf(printer, i, indent); },
      [&](const AssertItem& i) {
        printer.Line(indent, fmt::format("assert {} else {}", Print(model, i.condition),
                                         Print(model, i.message)));
      });
}

void PrintScope(Printer& printer, ScopeId scope, int indent) {
  for (ItemId item : printer.model.scopes[scope].items) PrintItem(printer, item, indent);
}

void PrintFunctions(Printer& printer, ScopeId scope, int indent) {
  const Model& model = printer.model;
  for (const Function& function : model.functions) {
    if (function.scope != scope || function.name.text() == "default") continue;
    std::string params;
    for (TypeId param : function.params) {
      params += (params.empty() ? "" : ", ") + model.types.Print(param);
    }
    printer.Line(indent,
                 fmt::format("fn {}({}) -> {} = {}", function.name.text(), params,
                             model.types.Print(function.result), Print(model, function.body)));
  }
}

void PrintComponents(Printer& printer, ScopeId module) {
  const Model& model = printer.model;
  for (uint32_t i = 0; i < model.scopes.size(); ++i) {
    auto scope = static_cast<ScopeId>(i);
    bool component = model.scopes[scope].kind == Scope::Kind::kComponent;
    if (!component || model.scopes[scope].parent != module) continue;
    printer.Line(1, "component");
    PrintFunctions(printer, scope, 2);
    PrintScope(printer, scope, 2);
  }
}

}  // namespace

std::string PrintModel(const Model& model, const Sources&) {
  Printer printer{model, {}};
  for (size_t i = 0; i < model.modules.size(); ++i) {
    const Module& module = model.modules[i];
    // The prelude is the same in every program.
    bool stdlib = module.path.starts_with("std/") || module.path == "prelude";
    if (i > 0 && stdlib) continue;
    printer.Line(0, "module " + (module.path.empty() ? "." : module.path));
    PrintFunctions(printer, module.scope, 1);
    PrintScope(printer, module.scope, 1);
    PrintComponents(printer, module.scope);
  }
  for (const Move& move : model.moves) {
    printer.Line(0, fmt::format("moved {} to {}", move.from, move.to));
  }
  for (const auto& [address, span] : model.removed) printer.Line(0, "removed " + address);
  return std::move(printer.out);
}

}  // namespace opsc
