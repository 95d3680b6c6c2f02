// For tests: a program of some texts, checked with the real prelude and evaluated.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/eval/eval.h"
#include "compiler/sema/check.h"

namespace opsc {

// Keeps every phase of one program.
class TestProgram {
 public:
  using Texts = std::vector<std::pair<std::string, std::string>>;

  explicit TestProgram(const std::string& text, EvalOptions options = {});
  explicit TestProgram(const Texts& texts, EvalOptions options = {});

  // "OPS0201 unknown name `x`" a diagnostic, joined by newlines.
  std::string Problems() const;
  // `opsc eval`: the value as printed, or the problems.
  std::string Eval(const std::string& expression);
  const Node& NodeAt(const std::string& address) const;
  // A field of a node, by path ("spec.replicas"), as printed.
  std::string FieldOf(const std::string& address, const std::string& path) const;
  // "a(after) b[run]" for edges, in order.
  std::string EdgesOf(const std::string& address) const;

  Sources sources;
  Diagnostics diagnostics;
  std::vector<std::unique_ptr<ast::File>> files;
  std::map<std::string, ParsedModule> modules;
  ParsedModule prelude;
  BuiltinNames builtins;
  CheckInputs inputs;
  Model model;
  EvalOptions options;
  std::unique_ptr<Evaluation> evaluation;  // null after errors

 private:
  const ast::File* ParseText(const std::string& path, const std::string& text);
  void LoadPrelude();
  void Load(const Texts& texts);
};

// All problems, one a line.
std::string ProblemsOf(const Diagnostics& diagnostics);

}  // namespace opsc
