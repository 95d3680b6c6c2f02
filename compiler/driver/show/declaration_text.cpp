#include "compiler/driver/show/declaration_text.h"

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/doc_text.h"

namespace opsc {
namespace {

std::string Indented(const std::string& doc, std::string_view pad) {
  std::string text;
  for (size_t begin = 0; begin < doc.size();) {
    size_t end = std::min(doc.find('\n', begin), doc.size());
    if (end > begin) text += fmt::format("{}{}", pad, doc.substr(begin, end - begin));
    text += "\n";
    begin = end + 1;
  }
  return text;
}

// Prints what one file declares.
struct Printer {
  const ast::File& file;
  const Sources& sources;
  std::string prefix;
  bool color;

  std::string TypeText(ast::TypeExprId id) const {
    return std::string(sources.Text(file.types[id].span));
  }
  std::string ExprText(ast::ExprId id) const {
    return std::string(sources.Text(file.exprs[id].span));
  }

  std::string Member(const ast::TypeMember& member) const {
    std::string line =
        fmt::format("  {}{}: {}", member.is_out ? "out " : "",
                    Paint(color, Style::kBold, member.name.text.text()), TypeText(member.type));
    if (member.default_value) line += " = " + ExprText(*member.default_value);
    return line + "\n" + Paint(color, Style::kDim, Indented(member.doc, "      "));
  }

  std::string Type(const ast::TypeDecl& type, const std::string& doc) const {
    std::string text =
        fmt::format("type {}", Paint(color, Style::kBold, prefix + type.name.text.str()));
    if (type.alias) text += " = " + TypeText(*type.alias);
    text += "\n" + Indented(doc, "  ");
    if (!type.members.empty()) text += "\n";
    for (const ast::TypeMember& member : type.members) text += Member(member);
    return text;
  }

  std::string Signature(const ast::FnDecl& fn) const {
    std::vector<std::string> params;
    for (const ast::FnParam& param : fn.params) {
      std::string text = fmt::format("{}: {}", param.name.text.text(), TypeText(param.type));
      if (param.default_value) text += " = " + ExprText(*param.default_value);
      params.push_back(std::move(text));
    }
    return fmt::format("({}) -> {}", fmt::join(params, ", "), TypeText(fn.result));
  }

  std::string Function(const ast::FnDecl& fn, const std::string& doc) const {
    std::vector<std::string> vars;
    for (const ast::Name& name : fn.type_params) vars.push_back(name.text.str());
    std::string generic = vars.empty() ? "" : fmt::format("<{}>", fmt::join(vars, ", "));
    return fmt::format("fn {}{}{}\n{}", Paint(color, Style::kBold, prefix + fn.name.text.str()),
                       generic, Signature(fn), Indented(doc, "  "));
  }

  std::string Component(const ast::ComponentDecl& component, const std::string& doc) const {
    std::string text = fmt::format("component {}\n{}",
                                   Paint(color, Style::kBold, prefix + component.name.text.str()),
                                   Indented(doc, "  "));
    for (ast::DeclId id : component.items) {
      const ast::Decl& decl = file.decls[id];
      bool shown = std::holds_alternative<ast::ParamDecl>(decl.node) ||
                   std::holds_alternative<ast::OutDecl>(decl.node);
      if (!shown) continue;
      text += fmt::format("  {}\n", sources.Text(decl.span));
      text += Paint(color, Style::kDim, Indented(decl.doc, "      "));
    }
    return text;
  }
};

}  // namespace

std::vector<DocEntry> DocEntries(const ParsedModule& module, const Sources& sources,
                                 const std::string& prefix, bool color) {
  std::vector<DocEntry> entries;
  for (const ast::File* file : module.files) {
    Printer printer{*file, sources, prefix, color};
    for (ast::DeclId id : file->items) {
      const ast::Decl& decl = file->decls[id];
      std::string summary = FirstSentence(decl.doc);
      if (const auto* type = std::get_if<ast::TypeDecl>(&decl.node)) {
        entries.push_back(
            {prefix + type->name.text.str(), "type", summary, printer.Type(*type, decl.doc)});
      } else if (const auto* fn = std::get_if<ast::FnDecl>(&decl.node)) {
        entries.push_back({prefix + fn->name.text.str(), "function",
                           summary.empty() ? printer.Signature(*fn) : summary,
                           printer.Function(*fn, decl.doc)});
      } else if (const auto* component = std::get_if<ast::ComponentDecl>(&decl.node)) {
        entries.push_back({prefix + component->name.text.str(), "component", summary,
                           printer.Component(*component, decl.doc)});
      }
    }
  }
  return entries;
}

}  // namespace opsc
