#include "compiler/sema/check.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/sema/bindings.h"
#include "compiler/syntax/parse.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

// The stdlib of the tree that this program was built in.
fs::path StdlibFolder() {
  fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  while (!fs::exists(folder / "stdlib" / "prelude" / "task.ops") && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder / "stdlib";
}

// A program of some texts, checked with the real prelude.
class Program {
 public:
  explicit Program(const std::string& text) { Load({{"main.ops", text}}); }
  explicit Program(const std::vector<std::pair<std::string, std::string>>& texts) { Load(texts); }

  // "OPS0201 unknown name `x`" a diagnostic, joined by newlines.
  std::string Problems() const {
    std::string text;
    for (const Diagnostic& d : diagnostics.all()) {
      text += (text.empty() ? "" : "\n") + CodeOf(d.id) + " " + d.message;
    }
    return text;
  }
  std::string Dump() const { return PrintModel(model, sources); }

  // The value of a `let`, as printed.
  std::string TypeOfLet(std::string_view name) const {
    for (const Item& item : model.items) {
      const auto* let = std::get_if<LetItem>(&item.node);
      if (let && let->name.text() == name) return model.types.Print(model.exprs[let->value].type);
    }
    return "";
  }

  Sources sources;
  Diagnostics diagnostics;
  std::vector<std::unique_ptr<ast::File>> files;
  std::map<std::string, ParsedModule> modules;
  ParsedModule prelude;
  BuiltinNames builtins;
  std::vector<std::string> builtin_names;
  Model model;

 private:
  const ast::File* ParseText(const std::string& path, const std::string& text) {
    FileId id = sources.Add(path, text);
    files.push_back(std::make_unique<ast::File>(Parse(sources, id, {}, diagnostics)));
    return files.back().get();
  }

  void LoadPrelude() {
    prelude.path = "std/prelude";
    fs::path folder = StdlibFolder() / "prelude";
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      std::stringstream text;
      text << std::ifstream(path).rdbuf();
      prelude.files.push_back(ParseText("std/prelude/" + path.filename().string(), text.str()));
    }
    for (const ast::File* file : prelude.files) {
      for (const ast::Decl& decl : file->decls) {
        const auto* fn = std::get_if<ast::FnDecl>(&decl.node);
        if (fn && fn->is_extern) builtins.names.push_back(fn->name.text.text());
      }
    }
  }

  void Load(const std::vector<std::pair<std::string, std::string>>& texts) {
    LoadPrelude();
    for (const auto& [path, text] : texts) {
      size_t slash = path.rfind('/');
      std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
      modules[folder].path = folder;
      modules[folder].files.push_back(ParseText(path, text));
    }
    CheckInputs inputs;
    inputs.sources = &sources;
    inputs.prelude = &prelude;
    inputs.root = &modules[""];
    inputs.builtins = &builtins;
    inputs.load = [this](const std::string&, const ast::ImportDecl& import) -> const ParsedModule* {
      std::string path = import.path ? import.path->substr(2) : "";
      auto it = modules.find(path);
      return it == modules.end() ? nullptr : &it->second;
    };
    model = Check(inputs, diagnostics);
  }
};

TEST(Check, ThePreludeIsSound) {
  EXPECT_EQ(Program("").Problems(), "");
}

TEST(Check, AnInstanceTakesDefaultsAndTemplates) {
  Program p("let n = 3\ntask build { run: \"make -j${n}\" out app: file = \"out/app\" }");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_NE(p.Dump().find("run: template \"make -j${n^0}\""), std::string::npos) << p.Dump();
  EXPECT_NE(p.Dump().find("default network: false"), std::string::npos) << p.Dump();
}

TEST(Check, LiteralsKeepTheirTypes) {
  Program p("param prod: bool = true\nlet n = if prod then 6 else 1\nlet m: int(1..50) = n");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.TypeOfLet("n"), "6 | 1");
}

TEST(Check, NamesHaveHints) {
  Program p("let replicas = 3\nlet x = replica + 1");
  EXPECT_EQ(p.Problems(), "OPS0201 unknown name `replica`");
  EXPECT_EQ(p.diagnostics.all()[0].hint, "did you mean `replicas`?");
}

TEST(Check, UnitsDoNotMix) {
  Program p("let a = 30s + 2min\nlet b = 30s + 2GiB\nlet c = 2GiB * 3\nlet d = a / 4s");
  EXPECT_EQ(p.Problems(), "OPS0403 `+` mixes duration and size");
  EXPECT_EQ(p.TypeOfLet("c"), "size");
  EXPECT_EQ(p.TypeOfLet("d"), "float");
}

TEST(Check, GenericsAreFoundFromArguments) {
  Program p(
      "let xs = [1, 2, 3].map(x => \"n${x}\")\nlet total = fold([1, 2, 3], 0, (sum, x) => sum + "
      "x)\n"
      "let pairs = zip([1], [\"a\"])\nlet first_one = xs.first() ?? \"none\"");
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.TypeOfLet("xs"), "[string]");
  EXPECT_EQ(p.TypeOfLet("total"), "int");
  EXPECT_EQ(p.TypeOfLet("pairs"), "[{ first: int, second: string }]");
  EXPECT_EQ(p.TypeOfLet("first_one"), "string");
}

TEST(Check, NullIsNarrowed) {
  Program p(
      "param port: int? = null\nlet a = port + 1\nlet b = if port != null then port + 1 else 0\n"
      "let c = port != null and port > 3\nlet d = match port { null => 0, else => port + 2 }");
  EXPECT_EQ(p.Problems(), "OPS0309 `+` does not take int? and 1");
}

TEST(Check, MatchesCoverEverything) {
  Program p(
      "param env: \"dev\" | \"stage\" | \"prod\" = \"dev\"\n"
      "let n = match env { \"dev\" => 1, \"prod\" => 6 }\n"
      "let m = match env { \"dev\" => 1, \"stage\" => 2, \"prod\" => 6 }");
  EXPECT_EQ(p.Problems(), "OPS0311 the match does not cover \"stage\"");
}

TEST(Check, PendingValuesDoNotShapeTheGraph) {
  Program p(
      "service db { run: [\"db\"] }\nlet where = \"${db.url}/x\"\n"
      "file a if where == \"x\" { path: \"a\", content: where }");
  EXPECT_EQ(
      p.Problems(),
      "OPS0401 the condition of an instance depends on a value that is known only after apply");
}

TEST(Check, SecretsStaySecret) {
  Program p(
      "let token = secret_env(\"TOKEN\")\nlet line = \"token=${token}\"\n"
      "task t { run: \"use ${token}\" env: { TOKEN: token } }\n"
      "file f { path: line, content: line }");
  EXPECT_EQ(p.Problems(), "OPS0402 a secret string cannot flow into string(1..4096)");
  EXPECT_EQ(p.TypeOfLet("line"), "secret string");
}

TEST(Check, FunctionsDoNotRecur) {
  Program p("fn f(n: int) -> int = g(n)\nfn g(n: int) -> int = f(n - 1)");
  EXPECT_EQ(p.Problems(), "OPS0213 `f` calls itself: f → g → f");
}

TEST(Check, ValuesDoNotNeedThemselves) {
  EXPECT_EQ(Program("let a = b\nlet b = a").Problems(), "OPS0214 `a` depends on itself: a → b → a");
  EXPECT_EQ(Program("let a: int = b\nlet b: int = a").Problems(),
            "OPS0214 `a` depends on itself: a → b → a");
}

TEST(Check, ModulesAreComponents) {
  Program p({{"main.ops",
              "import \"./web\"\nweb site { port: 80 }\nlet u = site.url\nlet v = web.twice(2)\n"
              "let w = web.name"},
             {"web/web.ops",
              "param port: int(1..65535)\nlet name = \"web\"\nfn twice(n: int) -> int = n * 2\n"
              "out url = \"http://127.0.0.1:${port}\""}});
  EXPECT_EQ(p.Problems(), "");
  EXPECT_EQ(p.TypeOfLet("u"), "string");
}

TEST(Check, ImportCyclesAreShown) {
  Program p({{"main.ops", "import \"./a\""},
             {"a/a.ops", "import \"./b\""},
             {"b/b.ops", "import \"./a\""}});
  EXPECT_EQ(p.Problems(), "OPS0206 the module imports itself: a → b → a");
}

TEST(Check, BuiltinsAreBoundBothWays) {
  Program p("");
  EXPECT_TRUE(BindingProblems({&p.prelude}, p.builtins).empty());
  BuiltinNames fewer{{"file", "no_such"}};
  auto problems = BindingProblems({&p.prelude}, fewer);
  EXPECT_EQ(problems.back(), "the builtin `no_such` is declared in no module");
}

}  // namespace
}  // namespace opsc
