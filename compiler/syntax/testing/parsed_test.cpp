#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "compiler/syntax/testing/parsed.h"

namespace opsc::syntax::testing {
namespace fs = std::filesystem;
namespace {

// The nearest folder around this program that has `inside`.
fs::path FolderAbove(const fs::path& inside) {
  fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
  while (!fs::exists(folder / inside) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

}  // namespace

std::string Parsed::Errors() const {
  Diagnostics sorted = diagnostics;
  sorted.SortBySource();
  std::string errors;
  for (const Diagnostic& d : sorted.all()) {
    LineColumn at = sources.Locate(d.span.file, d.span.begin);
    errors += fmt::format("{}:{} {}\n", at.line, at.column, d.message);
  }
  return errors;
}

Parsed ParseText(std::string text) {
  Parsed p;
  p.file = p.sources.Add("test.ops", std::move(text));
  p.ast = Parse(p.sources, p.file, {}, p.diagnostics);
  return p;
}

Parsed ParseExpr(std::string text) {
  Parsed p;
  p.file = p.sources.Add("test.ops", std::move(text));
  p.ast = ParseExpression(p.sources, p.file, {}, p.diagnostics);
  return p;
}

std::vector<fs::path> TreeSources() {
  fs::path root = FolderAbove("stdlib/prelude");
  std::vector<fs::path> paths;
  for (const char* folder : {"stdlib", "examples", "test"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() == ".ops") paths.push_back(entry.path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<fs::path> FuzzSources() {
  std::vector<fs::path> paths = TreeSources();
  std::erase_if(paths, [](const fs::path& path) {
    return path.string().find("/fuzz/corpus/") == std::string::npos;
  });
  return paths;
}

fs::path GeneratedParser() {
  return FolderAbove("grammar/OpsParser.cpp") / "grammar" / "OpsParser.cpp";
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

}  // namespace opsc::syntax::testing
