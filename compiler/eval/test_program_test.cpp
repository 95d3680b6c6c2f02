#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/eval/test_program.h"
#include "compiler/syntax/parse.h"

namespace opsc {

namespace fs = std::filesystem;

namespace {

// The prelude's folder, from any directory inside of the project.
fs::path PreludeFolder() {
  for (fs::path at = fs::current_path();; at = at.parent_path()) {
    if (fs::exists(at / "stdlib/prelude")) return at / "stdlib/prelude";
    if (at == at.parent_path()) return {};
  }
}

}  // namespace

TestProgram::TestProgram(const std::string& text, EvalOptions o) : options(std::move(o)) {
  Load({{"main.ops", text}});
}

TestProgram::TestProgram(const Texts& texts, EvalOptions o) : options(std::move(o)) {
  Load(texts);
}

const ast::File* TestProgram::ParseText(const std::string& path, const std::string& text) {
  FileId id = sources.Add(path, text);
  files.push_back(std::make_unique<ast::File>(Parse(sources, id, {}, diagnostics)));
  return files.back().get();
}

void TestProgram::LoadPrelude() {
  prelude.path = "std/prelude";
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(PreludeFolder())) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    prelude.files.push_back(ParseText("std/prelude/" + path.filename().string(), text.str()));
  }
}

void TestProgram::Load(const Texts& texts) {
  LoadPrelude();
  builtins = Builtins();
  for (const auto& [path, text] : texts) {
    size_t slash = path.rfind('/');
    std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
    modules[folder].path = folder;
    modules[folder].files.push_back(ParseText(path, text));
  }
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
  if (!diagnostics.has_errors()) evaluation = Evaluate(model, sources, options, diagnostics);
}

std::string ProblemsOf(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity == Severity::kHint) continue;
    text += (text.empty() ? "" : "\n") + CodeOf(d.id) + " " + d.message;
  }
  return text;
}

std::string TestProgram::Problems() const {
  return ProblemsOf(diagnostics);
}

std::string TestProgram::Eval(const std::string& expression) {
  if (!evaluation) return Problems();
  Diagnostics problems;
  FileId id = sources.Add("eval", expression);
  files.push_back(std::make_unique<ast::File>(ParseExpression(sources, id, {}, problems)));
  if (problems.has_errors()) return ProblemsOf(problems);
  auto checked = CheckExpression(model, inputs, *files.back(), problems);
  if (!checked || problems.has_errors()) return ProblemsOf(problems);
  auto value = evaluation->Evaluate(checked->expr, checked->frame_size, {}, problems);
  return value ? ToText(*value) : ProblemsOf(problems);
}

const Node& TestProgram::NodeAt(const std::string& address) const {
  static const Node kMissing;
  if (!evaluation) return kMissing;
  for (const Node& node : evaluation->graph().nodes) {
    if (node.address == address) return node;
  }
  return kMissing;
}

std::string TestProgram::FieldOf(const std::string& address, const std::string& path) const {
  const Value* value = &NodeAt(address).fields;
  std::stringstream parts(path);
  std::string part;
  while (value != nullptr && std::getline(parts, part, '.')) value = value->Find(part);
  return value == nullptr ? "(absent)" : ToText(*value);
}

std::string TestProgram::EdgesOf(const std::string& address) const {
  std::string text;
  for (const Edge& edge : NodeAt(address).edges) {
    if (!text.empty()) text += " ";
    text += edge.to;
    text += edge.reason == Edge::Reason::kAfter ? "(after)" : "(" + edge.path + ")";
  }
  return text;
}

}  // namespace opsc
