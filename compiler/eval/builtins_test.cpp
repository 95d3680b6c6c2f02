// The declarations of the stdlib and the table of builtins are the same list.
#include "compiler/eval/builtins.h"

#include <gtest/gtest.h>

#include <map>

#include "compiler/eval/test_program.h"

namespace opsc {
namespace {

// Parameters of every `extern fn` of the prelude, by name.
std::map<std::string, size_t> Declared(const TestProgram& program) {
  std::map<std::string, size_t> declared;
  for (const ast::File* file : program.prelude.files) {
    for (const ast::Decl& decl : file->decls) {
      const auto* fn = std::get_if<ast::FnDecl>(&decl.node);
      if (fn == nullptr || !fn->is_extern) continue;
      EXPECT_TRUE(declared.emplace(fn->name.text.str(), fn->params.size()).second)
          << fn->name.text.text() << " is declared twice";
    }
  }
  return declared;
}

TEST(Builtins, EachDeclarationHasOneRowAndEachRowOneDeclaration) {
  TestProgram program("");
  auto declared = Declared(program);
  std::map<std::string, size_t> rows;
  for (const eval::BuiltinRow& row : eval::BuiltinTable()) {
    EXPECT_NE(row.function, nullptr) << row.name;
    EXPECT_TRUE(rows.emplace(row.name, row.arity).second) << row.name << " has two rows";
  }
  for (const auto& [name, arity] : declared) {
    ASSERT_TRUE(rows.contains(name)) << "no row for `extern fn " << name << "`";
    EXPECT_EQ(rows[name], arity) << name << " takes another number of arguments";
  }
  for (const auto& [name, arity] : rows) {
    EXPECT_TRUE(declared.contains(name)) << "no declaration for the row `" << name << "`";
  }
}

TEST(Builtins, ThePreludeBindsToTheTable) {
  EXPECT_EQ(TestProgram("").Problems(), "");
}

}  // namespace
}  // namespace opsc
