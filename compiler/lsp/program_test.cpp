// The property that the server stands on: after any edit, what is known of a program is what a
// check of all its sources from scratch finds.
#include "compiler/lsp/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "compiler/eval/eval.h"
#include "compiler/syntax/parse.h"
#include "opsc_stdlib.h"

namespace opsc::lsp {
namespace {

namespace fs = std::filesystem;

// The tree that this program was built in.
fs::path Tree() {
  fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  while (!fs::exists(folder / "stdlib/prelude/task.ops") && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  return folder;
}

std::string ImportPath(const std::string& importer, const ast::ImportDecl& import) {
  if (import.path) {
    return NormalRelativePath(importer.empty() ? *import.path : JoinPath(importer, *import.path))
        .value_or("");
  }
  if (import.qname.size() < 2 || import.qname[0].text.text() != "std") return "";
  std::string path = "std";
  for (size_t i = 1; i < import.qname.size(); ++i) path += "/" + import.qname[i].text.str();
  return path;
}

Host TestHost() {
  Host host;
  for (size_t i = 0; i < kStdlibSize; ++i)
    host.stdlib.push_back({kStdlib[i].path, kStdlib[i].text});
  host.builtins = Builtins();
  host.import_path = ImportPath;
  host.is_manifest = [](std::string_view) { return false; };
  host.manifest_module = [](std::string_view) -> Result<std::string> {
    return Fail(ErrorKind::kInput, "no manifests here");
  };
  return host;
}

using Texts = std::map<std::string, std::string>;  // by path below the root

// One line a diagnostic.
struct Lines {
  std::string text;

  void Add(const Diagnostic& d, const auto& place_of) {
    auto at = [&](Span s) { return fmt::format("{}-{}", place_of(s), s.end - s.begin); };
    text += fmt::format("{} {} {} | {}", at(d.span), CodeOf(d.id), d.message, d.hint);
    for (const RelatedSpan& r : d.related) text += fmt::format(" ; {} {}", at(r.span), r.message);
    for (const Fix& f : d.fixes) text += fmt::format(" ! {} {}", at(f.span), f.replacement);
    text += "\n";
  }
};

// All that `opsc check` finds before it evaluates: each file parsed as a whole, all of it checked.
std::string FromScratch(const Host& host, const Texts& texts) {
  Sources sources;
  Diagnostics found;
  std::deque<ast::File> trees;
  std::map<std::string, ParsedModule> modules;
  ParsedModule prelude;
  prelude.path = "std/prelude";
  std::map<FileId, std::unique_ptr<ItemReader>> readers;
  auto add = [&](ParsedModule& module, std::string path, std::string text, bool imported) {
    FileId id = sources.Add(std::move(path), std::move(text));
    auto decls = imported ? IndexDeclarations(sources[id].text) : std::nullopt;
    if (decls) return module.on_demand.push_back({id, *decls});
    trees.push_back(Parse(sources, id, {}, found));
    module.files.push_back(&trees.back());
  };
  ParsedModule root;
  auto load = [&](const std::string& path) -> const ParsedModule* {
    if (path == ".") return &root;
    auto [it, fresh] = modules.try_emplace(path);
    if (fresh) {
      it->second.path = path;
      for (const StdFile& file : host.stdlib) {
        if (path == "std/" + std::string(DirName(file.path))) {
          add(it->second, "std/" + std::string(file.path), std::string(file.text), true);
        }
      }
      for (const auto& [name, text] : texts) {
        if (std::string(DirName(name)) == path) add(it->second, name, text, true);
      }
    }
    bool empty = it->second.files.empty() && it->second.on_demand.empty();
    return empty ? nullptr : &it->second;
  };
  for (const StdFile& file : host.stdlib) {
    if (DirName(file.path) == "prelude") {
      add(prelude, "std/" + std::string(file.path), std::string(file.text), false);
    }
  }
  for (const auto& [name, text] : texts) {
    if (name.find('/') == name.npos) add(root, name, text, false);
  }
  // As the driver does it: whole modules are read before the check.
  for (size_t i = 0; i < trees.size(); ++i) {
    std::string importer(DirName(sources[trees[i].file].path));
    if (importer.starts_with("std")) continue;
    for (ast::DeclId id : trees[i].items) {
      const auto* import = std::get_if<ast::ImportDecl>(&trees[i].decls[id].node);
      std::string path = import ? ImportPath(importer == "." ? "" : importer, *import) : "";
      if (!path.empty()) load(path);
    }
  }
  CheckInputs inputs;
  inputs.sources = &sources;
  inputs.prelude = &prelude;
  inputs.root = &root;
  inputs.builtins = &host.builtins;
  inputs.load = [&](const std::string& importer, const ast::ImportDecl& import) {
    std::string path = ImportPath(importer, import);
    return path.empty() ? nullptr : load(path);
  };
  inputs.parse = [&](FileId file, const IndexedDecl& decl) {
    auto& reader = readers[file];
    if (!reader) reader = std::make_unique<ItemReader>(sources, file, ParseOptions{}, found);
    trees.push_back(reader->Read(decl.begin, decl.end));
    return &trees.back();
  };
  Model model = Check(inputs, found);
  std::vector<Diagnostic> all = found.all();
  auto key = [&](const Diagnostic& d) {
    return std::pair(sources[d.span.file].path, d.span.begin);
  };
  std::ranges::stable_sort(all, {}, key);
  Lines lines;
  for (const Diagnostic& d : all) {
    lines.Add(d, [&](Span s) {
      return s.valid() ? fmt::format("{}:{}", sources[s.file].path, s.begin) : "-";
    });
  }
  return lines.text;
}

std::string Kept(const Program& program) {
  std::vector<const ProgramFile*> files;
  for (const auto& [path, module] : program.modules) {
    for (const auto& file : module.files) files.push_back(file.get());
  }
  std::ranges::sort(files, {}, [](const auto* f) { return f->path; });
  Lines lines;
  for (const ProgramFile* file : files) {
    for (const Diagnostic* d : FoundIn(program, *file)) {
      lines.Add(*d, [&](Span s) {
        auto place = s.valid() ? program.Locate(s.file, s.begin) : std::nullopt;
        return place ? fmt::format("{}:{}", place->file->path, place->offset) : "-";
      });
    }
  }
  return lines.text;
}

// A program in memory that is edited.
struct Edited {
  explicit Edited(Texts given) : host(TestHost()), texts(std::move(given)) {
    program = OpenProgram(
        host, "/p",
        [this](const std::string& path) -> Result<std::string> {
          auto it = texts.find(path.substr(3));
          if (it != texts.end()) return it->second;
          return Fail(ErrorKind::kEnvironment, "cannot open " + path + ": no such file");
        },
        [this](const std::string& directory) {
          std::vector<std::string> names;
          for (const auto& [path, text] : texts) {
            std::string folder(DirName(path));
            if (JoinPath("/p", folder == "." ? "" : folder) == directory ||
                (folder == "." && directory == "/p")) {
              names.emplace_back(BaseName(path));
            }
          }
          return names;
        });
  }

  void Replace(const std::string& path, uint32_t begin, uint32_t end, std::string_view text) {
    texts.at(path).replace(begin, end - begin, text);
    ProgramFile* file = program->FileAt("/p/" + path);
    if (!file) return;
    if (file->in_pieces) {
      EditText(*program, *file, begin, end, text);
    } else {
      SetText(*program, *file, texts.at(path));
    }
  }

  void SettleAll() {
    for (int i = 0; Settle(*program, nullptr); ++i) ASSERT_LT(i, 10000) << "does not settle";
    ForgetTrees(*program, 0);
  }

  Host host;
  Texts texts;
  std::unique_ptr<Program> program;
};

// The lines that one of them has and the other has not.
std::string Difference(const std::string& kept, const std::string& found) {
  auto lines = [](const std::string& text) {
    std::multiset<std::string> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.insert(line);
    return all;
  };
  std::multiset<std::string> a = lines(kept);
  std::multiset<std::string> b = lines(found);
  std::string text;
  for (const std::string& line : a) {
    if (a.count(line) > b.count(line)) text += "kept only:  " + line + "\n";
  }
  for (const std::string& line : b) {
    if (b.count(line) > a.count(line)) text += "found only: " + line + "\n";
  }
  return text.empty() && kept != found ? "another order:\n" + kept + "--\n" + found : text;
}

void ExpectSame(Edited& edited, const std::string& what) {
  edited.SettleAll();
  ASSERT_EQ(Difference(Kept(*edited.program), FromScratch(edited.host, edited.texts)), "") << what;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Of what a program is, whatever else there is: orders programs, and decides what is edited in
// each, so that a new file in the tree changes nothing in what is done to others.
std::string DigestOf(const Texts& texts) {
  std::string all;
  for (const auto& [path, text] : texts) all += path + "\n" + text + "\n";
  return Sha256(all).Hex();
}

// The programs of the tree: each folder with sources, as they import one another.
std::vector<Texts> Corpus() {
  std::map<fs::path, Texts> folders;
  fs::path tree = Tree();
  for (const char* top : {"examples", "test", "stdlib/prelude"}) {
    for (const auto& entry : fs::recursive_directory_iterator(tree / top)) {
      if (entry.path().extension() != ".ops" || entry.file_size() > 20'000) continue;
      folders[entry.path().parent_path()][entry.path().filename()] = ReadFile(entry.path());
    }
  }
  std::vector<Texts> corpus;
  for (auto& [folder, texts] : folders) {
    for (const auto& [below, other] : folders) {
      std::string path = fs::relative(below, folder);
      if (path.starts_with("..") || path == ".") continue;
      for (const auto& [name, text] : other) texts[path + "/" + name] = text;
    }
    if (texts.size() <= 12) corpus.push_back(texts);
  }
  std::ranges::sort(corpus, {}, DigestOf);
  return corpus;
}

// Edits as they come from hands: letters, brackets, lines, and what was cut elsewhere.
struct Hand {
  std::mt19937 random;

  size_t Below(size_t n) { return n == 0 ? 0 : random() % n; }

  std::string Text(const Texts& texts) {
    static const std::vector<std::string> pieces{"a",
                                                 "x",
                                                 " ",
                                                 "\n",
                                                 "{",
                                                 "}",
                                                 "(",
                                                 ")",
                                                 "[",
                                                 "]",
                                                 "\"",
                                                 "\"\"\"",
                                                 ",",
                                                 ":",
                                                 ".",
                                                 "@key ",
                                                 "let a = 1\n",
                                                 "task t {\n  run: \"x\"\n}\n",
                                                 "param env: string = \"dev\"\n",
                                                 "/*",
                                                 "*/",
                                                 "//",
                                                 "/// doc\n",
                                                 "$",
                                                 "${",
                                                 "=",
                                                 "1",
                                                 "type T { a: int }\n",
                                                 "T",
                                                 "if a {",
                                                 "for x in [1] {",
                                                 "t",
                                                 "secret",
                                                 "fn f(a: int) -> int = a\n",
                                                 "f(1)",
                                                 "\xF0\x9F\x98\x80",
                                                 "\t",
                                                 "\r\n",
                                                 "é",
                                                 "component C { param p: int }\n",
                                                 "C c { p: 1 }\n",
                                                 "out o = a\n",
                                                 "import std.k8s\n",
                                                 "self.a"};
    if (Below(4) != 0) return pieces[Below(pieces.size())];
    auto it = std::next(texts.begin(), static_cast<ptrdiff_t>(Below(texts.size())));
    size_t begin = Below(it->second.size());
    return it->second.substr(begin, 1 + Below(60));
  }

  void Edit(Edited& edited) {
    auto it = std::next(edited.texts.begin(), static_cast<ptrdiff_t>(Below(edited.texts.size())));
    const std::string& text = it->second;
    size_t begin = Below(text.size() + 1);
    size_t length = Below(3) == 0 ? Below(std::min<size_t>(text.size() - begin, 30) + 1) : 0;
    auto is_inside = [&](size_t at) {
      return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    while (is_inside(begin)) --begin;
    while (is_inside(begin + length)) ++length;
    std::string with = Below(5) == 0 ? "" : Text(edited.texts);
    while (!with.empty() && (static_cast<unsigned char>(with[0]) & 0xC0) == 0x80) with.erase(0, 1);
    while (!with.empty() && (static_cast<unsigned char>(with.back()) & 0x80)) {
      if (with.size() >= 4 && with.ends_with("\xF0\x9F\x98\x80")) break;
      if (with.ends_with("é")) break;
      with.pop_back();
    }
    last = fmt::format("{} {}-{} ", it->first, begin, begin + length) + with;
    edited.Replace(it->first, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + length),
                   with);
  }

  std::string last;
};

int EditCount() {
  const char* given = std::getenv("OPSC_EDITS");
  return given ? std::atoi(given) : 600;
}

TEST(Program, RandomEditsComeToWhatACheckFromScratchFinds) {
  std::vector<Texts> corpus = Corpus();
  ASSERT_GT(corpus.size(), 20u);
  const char* seed = std::getenv("OPSC_SEED");
  unsigned first = seed ? static_cast<unsigned>(std::atoi(seed)) : 7u;
  std::ranges::rotate(corpus, corpus.begin() + first % corpus.size());
  int count = EditCount();
  int each = std::max(8, count / static_cast<int>(corpus.size()));
  for (size_t i = 0; count > 0; i = (i + 1) % corpus.size()) {
    Edited edited(corpus[i]);
    auto digest = static_cast<unsigned>(std::stoul(DigestOf(corpus[i]).substr(0, 8), nullptr, 16));
    Hand hand{std::mt19937(digest ^ (first * 2654435761u)), ""};
    ExpectSame(edited, "as it is");
    for (int n = 0; n < each && count > 0 && !testing::Test::HasFailure(); ++n, --count) {
      hand.Edit(edited);
      ExpectSame(edited, fmt::format("{} after {}", edited.texts.begin()->first, hand.last));
    }
    if (testing::Test::HasFailure()) {
      for (const auto& [path, text] : edited.texts) {
        std::fprintf(stderr, "==== %s\n%s\n", path.c_str(), text.c_str());
      }
      return;
    }
  }
}

TEST(Program, AnEditChecksOnlyWhatItConcerns) {
  std::string text = "param env: string = \"dev\"\n";
  for (int i = 0; i < 200; ++i) {
    text += fmt::format("task t{} {{\n  run: \"echo {}\"\n}}\n", i, i);
  }
  Edited edited({{"main.ops", text}});
  edited.SettleAll();
  uint64_t before = edited.program->checked_pieces;
  auto at = static_cast<uint32_t>(edited.texts["main.ops"].find("echo 100"));
  edited.Replace("main.ops", at, at, "x");
  edited.SettleAll();
  EXPECT_LE(edited.program->checked_pieces - before, 2u);
}

TEST(Program, WhatDependsOnAnEditIsCheckedAgain) {
  Edited edited({{"a.ops", "let a = 1\n"}, {"b.ops", "let b: int = a\nlet c: int = b\n"}});
  ExpectSame(edited, "begin");
  EXPECT_EQ(Kept(*edited.program), "");
  edited.Replace("a.ops", 8, 9, "\"x\"");
  ExpectSame(edited, "another type");
  EXPECT_NE(Kept(*edited.program), "");
  edited.Replace("a.ops", 4, 5, "z");
  ExpectSame(edited, "another name");
}

void ReplaceText(Edited& edited, const std::string& path, std::string_view old,
                 std::string_view with) {
  auto at = static_cast<uint32_t>(edited.texts.at(path).find(old));
  edited.Replace(path, at, at + static_cast<uint32_t>(old.size()), with);
}

TEST(Program, WhatIsBrokenInAGeneratedModuleIsSaidWhileItIsNamed) {
  Edited edited({{"main.ops", "import \"./gen\"\nlet a: gen.Wrong = { field: 1 }\n"},
                 {"gen/types.ops",
                  "// Code generated by hand. DO NOT EDIT.\nedition 2026\n\ntype Good {\n  field: "
                  "int\n}\n\ntype Wrong {\n  field: Missing\n}\n"}});
  ExpectSame(edited, "begin");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "main.ops", "Wrong", "Good");
  ExpectSame(edited, "it is not named any more");
  EXPECT_EQ(Kept(*edited.program), "");
  ReplaceText(edited, "main.ops", "Good", "Wrong");
  ExpectSame(edited, "it is named again");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "gen/types.ops", "Missing", "int");
  ExpectSame(edited, "it is mended");
  EXPECT_EQ(Kept(*edited.program), "");
}

TEST(Program, WhatOnlyAGeneratedModuleImportsCountsWhileItIsNamed) {
  std::string generated = "// Code generated by hand. DO NOT EDIT.\nedition 2026\n\n";
  Edited edited(
      {{"main.ops", "import \"./gen\"\nlet a: gen.Far = { field: { x: 1 } }\n"},
       {"gen/types.ops", generated + "import \"../far\" as far\n\ntype Near {\n  x: int\n}\n\n"
                                     "type Far {\n  field: far.T\n}\n"},
       {"far/t.ops", "type T { x: int }\nlet broken = \n"}});
  ExpectSame(edited, "begin");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "main.ops", "gen.Far = { field: { x: 1 } }", "gen.Near = { x: 1 }");
  ExpectSame(edited, "it is not named any more");
  EXPECT_EQ(Kept(*edited.program), "");
  ReplaceText(edited, "far/t.ops", "let broken = ", "let broken = )");
  ExpectSame(edited, "edited while it is not named");
  ReplaceText(edited, "main.ops", "gen.Near = { x: 1 }", "gen.Far = { field: { x: 1 } }");
  ExpectSame(edited, "it is named again");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "far/t.ops", "= )", "= 1");
  ExpectSame(edited, "it is mended");
  EXPECT_EQ(Kept(*edited.program), "");
}

TEST(Program, AGeneratedFileThatWasBrokenAndIsMendedWaitsToBeNamed) {
  Edited edited({{"main.ops", "import \"./gen\"\nlet a: gen.Good = { field: 1 }\n"},
                 {"gen/types.ops",
                  "// Code generated by hand. DO NOT EDIT.\nedition 2026\n\ntype Good {\n  field: "
                  "int\n}\n\ntype Wrong {\n  field: Missing\n}\n"}});
  ExpectSame(edited, "begin");
  ReplaceText(edited, "gen/types.ops", "DO NOT EDIT", "DO EDIT");
  ExpectSame(edited, "it is one as any other");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "gen/types.ops", "DO EDIT", "DO NOT EDIT");
  ExpectSame(edited, "it is generated again");
  EXPECT_EQ(Kept(*edited.program), "");
}

TEST(Program, TheRootIsNoModuleToImport) {
  Edited edited({{"a.ops", "import \"./\" as x\nlet a = 1\n"},
                 {"sub/b.ops", "import \"..\" as up\nlet b = 1\n"}});
  ExpectSame(edited, "begin");
  EXPECT_NE(Kept(*edited.program).find(". → ."), std::string::npos);
  ReplaceText(edited, "a.ops", "./", "./sub");
  ExpectSame(edited, "by way of another one");
  EXPECT_NE(Kept(*edited.program).find(". → sub → ."), std::string::npos);
  ReplaceText(edited, "sub/b.ops", "..", "./none");
  ExpectSame(edited, "mended there");
}

TEST(Program, OfNamesakesTheFirstInTheSourceCounts) {
  Edited edited({{"a.ops", "let n = 1\nlet d: float = n\n"}, {"b.ops", "param n: int = 2\n"}});
  ExpectSame(edited, "begin");
  ReplaceText(edited, "b.ops", "int = 2", "float = 2.0");
  ExpectSame(edited, "the second has another type");
  ReplaceText(edited, "a.ops", "float", "int");
  ExpectSame(edited, "what uses the first is edited");
}

TEST(Program, ALabelThatAFunctionReadsIsFoundWhenTheFunctionIsEdited) {
  Edited edited(
      {{"a.ops",
        "type Customer {\n  @key id: int\n  @event_time @known_at as_of: time\n  plan: string\n"
        "  @label churned: bool\n}\n"
        "dataset customers { rows: Customer }\n"},
       {"b.ops",
        "fn risk(c: Customer) -> bool = c.plan == \"x\"\n"
        "fn risk_of(c: Customer) -> bool = risk(c)\n"},
       {"c.ops", "features f {\n  of: customers\n  columns: c => { risk: risk_of(c) }\n}\n"}});
  ExpectSame(edited, "begin");
  EXPECT_EQ(Kept(*edited.program), "");
  ReplaceText(edited, "b.ops", "c.plan == \"x\"", "c.churned");
  ExpectSame(edited, "it reads the label");
  EXPECT_NE(Kept(*edited.program), "");
  ReplaceText(edited, "b.ops", "c.churned", "c.plan == \"y\"");
  ExpectSame(edited, "it does not");
  EXPECT_EQ(Kept(*edited.program), "");
}

}  // namespace
}  // namespace opsc::lsp
