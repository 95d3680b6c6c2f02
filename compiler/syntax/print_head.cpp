#include "compiler/syntax/print_head.h"

namespace opsc::syntax {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    switch (c) {
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '"':
      case '\\':
        quoted += '\\';
        [[fallthrough]];
      default:
        quoted += c;
    }
  }
  return quoted + '"';
}

std::string Dotted(const ast::QName& name) {
  std::string text;
  for (const ast::Name& part : name) {
    if (!text.empty()) text += '.';
    text += part.text.text();
  }
  return text;
}

std::string Names(const ast::Binder& binder) {
  std::string names = binder.first.text.str();
  return binder.second ? names + ", " + binder.second->text.str() : names;
}

namespace {

std::string Head(const ast::ImportDecl& n) {
  std::string head = "import " + (n.path ? Quoted(*n.path) : Dotted(n.qname));
  return n.alias ? head + " as " + n.alias->text.str() : head;
}
std::string Head(const ast::ParamDecl& n) {
  return "param " + n.name.text.str();
}
std::string Head(const ast::LetDecl& n) {
  return "let " + n.name.text.str();
}
std::string Head(const ast::OutDecl& n) {
  return "out " + n.name.text.str();
}
std::string Head(const ast::FnDecl& n) {
  std::string head = (n.is_extern ? "extern fn " : "fn ") + n.name.text.str();
  for (const ast::Name& name : n.type_params) head += " <" + name.text.str() + ">";
  return head;
}
std::string Head(const ast::TypeDecl& n) {
  return (n.is_extern ? "extern type " : "type ") + n.name.text.str();
}
std::string Head(const ast::ComponentDecl& n) {
  return "component " + n.name.text.str();
}
std::string Head(const ast::InstanceDecl& n) {
  return "instance " + Dotted(n.type) + " " + n.name.text.str();
}
std::string Head(const ast::ForDecl& n) {
  return "for " + Names(n.binder);
}
std::string Head(const ast::IfDecl&) {
  return "if";
}
std::string Head(const ast::AssertDecl&) {
  return "assert";
}
std::string Head(const ast::MovedDecl&) {
  return "moved";
}
std::string Head(const ast::RemovedDecl&) {
  return "removed";
}
std::string Head(const ast::ErrorDecl& n) {
  return n.name ? "error " + n.name->text.str() : "error";
}

}  // namespace

std::string HeadOf(const ast::DeclNode& decl) {
  return Match(decl, [](const auto& node) { return Head(node); });
}

}  // namespace opsc::syntax
