// The first lines of nodes in a printed Ast.
#pragma once

#include <string>
#include <string_view>

#include "compiler/syntax/ast.h"

namespace opsc::syntax {

std::string Quoted(std::string_view text);
std::string Dotted(const ast::QName& name);
std::string Names(const ast::Binder& binder);
std::string HeadOf(const ast::DeclNode& decl);  // "let x", "instance k8s.Pod y"

}  // namespace opsc::syntax
