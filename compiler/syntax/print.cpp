#include <fmt/format.h>

#include "compiler/syntax/parse.h"
#include "compiler/syntax/print_head.h"

namespace opsc {
namespace {

using ast::ExprId;
using ast::TypeExprId;
using syntax::Dotted;
using syntax::Names;
using syntax::Quoted;

constexpr std::string_view kBinaryOps[] = {
    "*", "/", "%", "+", "-", "..", "??", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or"};

std::string_view NameOf(ast::Unit unit) {
  switch (unit) {
    case ast::Unit::kDuration:
      return "duration";
    case ast::Unit::kSize:
      return "size";
    case ast::Unit::kRatio:
      break;
  }
  return "ratio";
}

// Writes the tree line by line.
class Printer {
 public:
  explicit Printer(const ast::File& file) : file_(file) {}

  std::string Print() {
    if (file_.edition) Line(fmt::format("edition {}", *file_.edition));
    for (ast::DeclId id : file_.items) Decl(id);
    if (file_.items.empty() && !file_.exprs.empty()) {
      Expr(static_cast<ExprId>(file_.exprs.size() - 1));
    }
    return std::move(out_);
  }

 private:
  void Line(std::string_view text) { out_ += fmt::format("{:{}}{}\n", "", 2 * depth_, text); }

  template <typename Children>
  void Node(std::string_view text, Children children) {
    Line(text);
    ++depth_;
    children();
    --depth_;
  }

  // A child with its role before it.
  void Role(std::string_view role, ExprId id) {
    Node(role, [&] { Expr(id); });
  }
  void Role(std::string_view role, const std::optional<ExprId>& id) {
    if (id) Role(role, *id);
  }
  void Role(std::string_view role, TypeExprId id) {
    Node(role, [&] { Type(id); });
  }
  void Role(std::string_view role, const std::optional<TypeExprId>& id) {
    if (id) Role(role, *id);
  }

  void Args(const std::vector<ast::Arg>& args) {
    for (const ast::Arg& arg : args) {
      Role(arg.name ? "arg " + arg.name->text.str() : "arg", arg.value);
    }
  }

  void Doc(std::string_view doc) {
    if (!doc.empty()) Line(fmt::format("doc {}", Quoted(doc)));
  }

  void Annotations(const std::vector<ast::Annotation>& annotations) {
    for (const ast::Annotation& note : annotations) {
      Node(fmt::format("annotation {}", note.name.text.text()), [&] { Args(note.args); });
    }
  }

  void Items(std::string_view role, const std::vector<ast::DeclId>& items) {
    Node(role, [&] {
      for (ast::DeclId id : items) Decl(id);
    });
  }

  void Expr(ExprId id) {
    Match(file_.exprs[id].node, [&](const auto& node) { Print(node); });
  }
  void Type(TypeExprId id) {
    Match(file_.types[id].node, [&](const auto& node) { Print(node); });
  }
  void Decl(ast::DeclId id) {
    const ast::Decl& decl = file_.decls[id];
    Match(decl.node, [&](const auto& node) {
      Node(syntax::HeadOf(decl.node), [&] {
        Doc(decl.doc);
        Annotations(decl.annotations);
        Body(node);
      });
    });
  }

  void Print(const ast::NullLit&) { Line("null"); }
  void Print(const ast::BoolLit& n) { Line(n.value ? "true" : "false"); }
  void Print(const ast::IntLit& n) { Line(fmt::format("int {}", n.value)); }
  void Print(const ast::FloatLit& n) { Line(fmt::format("float {}", n.value)); }
  void Print(const ast::QuantityLit& n) {
    Line(n.unit == ast::Unit::kRatio ? fmt::format("ratio {}", n.number)
                                     : fmt::format("{} {}", NameOf(n.unit), n.integer));
  }
  void Print(const ast::RegexLit& n) { Line(fmt::format("regex {}", Quoted(n.pattern))); }
  void Print(const ast::StringLit& n) {
    if (n.parts.empty()) return Line(fmt::format("string {}", Quoted(n.texts[0])));
    Node("interpolation", [&] {
      for (size_t i = 0; i < n.texts.size(); ++i) {
        Line(fmt::format("string {}", Quoted(n.texts[i])));
        if (i < n.parts.size()) Expr(n.parts[i]);
      }
    });
  }
  void Print(const ast::NameRef& n) { Line(fmt::format("name {}", n.name.text.text())); }
  void Print(const ast::MemberExpr& n) {
    Node(fmt::format("member {}{}", n.optional ? "?." : ".", n.name.text.text()),
         [&] { Expr(n.object); });
  }
  void Print(const ast::IndexExpr& n) {
    Node("index", [&] {
      Expr(n.object);
      Expr(n.index);
    });
  }
  void Print(const ast::CallExpr& n) {
    Node("call", [&] {
      Expr(n.callee);
      Args(n.args);
    });
  }
  void Print(const ast::UnaryExpr& n) {
    Node(n.op == ast::UnaryOp::kNot ? "not" : "negate", [&] { Expr(n.operand); });
  }
  void Print(const ast::BinaryExpr& n) {
    Node(fmt::format("binary {}", kBinaryOps[static_cast<size_t>(n.op)]), [&] {
      Expr(n.left);
      Expr(n.right);
    });
  }
  void Print(const ast::WithExpr& n) {
    Node("with", [&] {
      Expr(n.base);
      Expr(n.changes);
    });
  }
  void Print(const ast::IfExpr& n) {
    Node("if", [&] {
      Expr(n.condition);
      Role("then", n.then);
      Role("else", n.otherwise);
    });
  }
  void Print(const ast::MatchExpr& n) {
    Node("match", [&] {
      Expr(n.subject);
      for (const ast::MatchArm& arm : n.arms) {
        Node(arm.pattern ? "arm" : "arm else", [&] {
          if (arm.pattern) Expr(*arm.pattern);
          Expr(arm.value);
        });
      }
    });
  }
  void Print(const ast::LambdaExpr& n) {
    std::string head = "lambda";
    for (const ast::Name& name : n.params) head += " " + name.text.str();
    Role(head, n.body);
  }
  void Print(const ast::ListLit& n) {
    Node("list", [&] {
      for (const ast::ListElement& e : n.elements) {
        if (e.spread) {
          Role("spread", e.value);
        } else {
          Expr(e.value);
        }
      }
    });
  }
  void Print(const ast::ListComp& n) {
    Node("list for " + Names(n.binder), [&] {
      Role("in", n.over);
      Role("if", n.condition);
      Expr(n.value);
    });
  }
  void Print(const ast::RecordLit& n) {
    Node("record", [&] {
      for (const ast::RecordEntry& e : n.entries) {
        if (e.spread) {
          Role("spread", e.value);
        } else if (e.key) {
          Role("key", *e.key);
          Role("value", e.value);
        } else {
          Role("field " + e.name.text.str(), e.value);
        }
      }
    });
  }
  void Print(const ast::RecordComp& n) {
    Node("record for " + Names(n.binder), [&] {
      Role("in", n.over);
      Role("if", n.condition);
      Role("key", n.key);
      Role("value", n.value);
    });
  }
  void Print(const ast::ErrorExpr&) { Line("error"); }

  void Print(const ast::NamedTypeExpr& n) {
    Node("type " + Dotted(n.name), [&] {
      for (TypeExprId arg : n.args) Type(arg);
    });
  }
  void Print(const ast::LiteralTypeExpr& n) {
    Match(
        n.value, [&](const std::string& s) { Line("type " + Quoted(s)); },
        [&](int64_t i) { Line(fmt::format("type {}", i)); },
        [&](bool b) { Line(b ? "type true" : "type false"); });
  }
  void Print(const ast::RefinedTypeExpr& n) {
    Node("refined", [&] {
      Type(n.base);
      Role("low", n.low);
      Role("high", n.high);
      if (n.pattern_span.valid()) Line(fmt::format("pattern {}", Quoted(n.pattern)));
    });
  }
  void Print(const ast::ListTypeExpr& n) { Role("list of", n.element); }
  void Print(const ast::MapTypeExpr& n) { Role("map of", n.value); }
  void Print(const ast::RecordTypeExpr& n) {
    Node("record of", [&] {
      for (const ast::TypeField& field : n.fields) {
        Role("field " + field.name.text.str(), field.type);
        Role("default", field.default_value);
      }
    });
  }
  void Print(const ast::UnionTypeExpr& n) {
    Node("union", [&] {
      for (TypeExprId member : n.members) Type(member);
    });
  }
  void Print(const ast::OptionalTypeExpr& n) { Role("optional", n.base); }
  void Print(const ast::SecretTypeExpr& n) { Role("secret", n.base); }
  void Print(const ast::FunctionTypeExpr& n) {
    Node("function", [&] {
      for (TypeExprId param : n.params) Role("param", param);
      Role("result", n.result);
    });
  }
  void Print(const ast::ErrorTypeExpr&) { Line("type error"); }

  void Body(const ast::ImportDecl& n) { Args(n.args); }
  void Body(const ast::ParamDecl& n) {
    Type(n.type);
    Role("default", n.default_value);
  }
  void Body(const ast::LetDecl& n) {
    Role("of", n.type);
    Expr(n.value);
  }
  void Body(const ast::OutDecl& n) {
    Role("of", n.type);
    Expr(n.value);
  }
  void Body(const ast::FnDecl& n) {
    for (const ast::FnParam& param : n.params) {
      Role((param.variadic ? "param ..." : "param ") + param.name.text.str(), param.type);
      Role("default", param.default_value);
    }
    Role("result", n.result);
    Role("body", n.body);
  }
  void Body(const ast::TypeDecl& n) {
    Role("alias", n.alias);
    for (const ast::TypeMember& member : n.members) {
      Node((member.is_out ? "out " : "field ") + member.name.text.str(), [&] {
        Doc(member.doc);
        Annotations(member.annotations);
        Type(member.type);
        Role("default", member.default_value);
      });
    }
    for (const ast::TypeCheck& check : n.checks) {
      Role("check", check.condition);
      Role("else", check.message);
    }
  }
  void Body(const ast::ComponentDecl& n) { Items("items", n.items); }
  void Body(const ast::InstanceDecl& n) {
    Role("key", n.key);
    Role("if", n.condition);
    for (const ast::InstanceMember& member : n.members) {
      using Kind = ast::InstanceMember::Kind;
      std::string_view kind = member.kind == Kind::kField ? "field "
                              : member.kind == Kind::kOut ? "out "
                                                          : "spread";
      Node(fmt::format("{}{}", kind, member.name.text.text()), [&] {
        Doc(member.doc);
        Role("of", member.type);
        Expr(member.value);
      });
    }
  }
  void Body(const ast::ForDecl& n) {
    Role("in", n.over);
    Items("items", n.items);
  }
  void Body(const ast::IfDecl& n) {
    Expr(n.condition);
    Items("then", n.then);
    if (!n.otherwise.empty()) Items("else", n.otherwise);
  }
  void Body(const ast::AssertDecl& n) {
    Expr(n.condition);
    Role("else", n.message);
  }
  void Body(const ast::MovedDecl& n) {
    Expr(n.from);
    Role("to", n.to);
  }
  void Body(const ast::RemovedDecl& n) { Expr(n.address); }
  void Body(const ast::ErrorDecl&) {}

  const ast::File& file_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

std::string PrintAst(const ast::File& file, const Sources&) {
  return Printer(file).Print();
}

}  // namespace opsc
