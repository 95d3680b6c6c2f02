// `opsc __complete -- WORDS…`: candidates for the last word, one a line; `:files` asks the shell
// for files.
#include <algorithm>
#include <filesystem>

#include "compiler/driver/cli/command_table.h"
#include "compiler/driver/project/documented.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/load.h"

namespace opsc {
namespace {

using Words = std::vector<std::string>;

Words RunNames(Env& env) {
  Words names = {"last"};
  auto project = FindProject(env, std::nullopt);
  if (!project) return names;
  auto journal = OpenExistingJournal(env, *project);
  if (!journal) return names;
  if (auto runs = (*journal)->Runs(50)) {
    for (const RunRecord& run : *runs) names.push_back(run.id);
  }
  return names;
}

Words RecordedNames(Env& env) {
  Words names;
  auto project = FindProject(env, std::nullopt);
  if (!project) return names;
  auto journal = OpenExistingJournal(env, *project);
  if (!journal) return names;
  if (auto entries = (*journal)->Entries()) {
    for (const StateEntry& entry : *entries) names.push_back(entry.address);
  }
  return names;
}

// What `declared` gives of the root module's declarations, without evaluating.
template <typename Declared>
Words NamesOf(Env& env, Declared declared) {
  Words names;
  auto project = FindProject(env, std::nullopt);
  if (!project) return names;
  ParsedProgram program;
  Diagnostics diagnostics;
  ParseProject(env, *project, program, diagnostics);
  for (const ast::File* file : program.root.files) {
    for (const ast::Decl& decl : file->decls) {
      if (auto name = declared(decl)) names.push_back(std::move(*name));
    }
  }
  return names;
}

// Instances of the root module whose type `fits`.
template <typename Fits>
Words InstancesOf(Env& env, Fits fits) {
  return NamesOf(env, [&](const ast::Decl& decl) -> std::optional<std::string> {
    const auto* instance = std::get_if<ast::InstanceDecl>(&decl.node);
    if (!instance || !fits(instance->type.back().text.text())) return std::nullopt;
    return instance->name.text.str();
  });
}

// Those that may stand where `what` is asked for.
Words DeclaredNames(Env& env, Completes what) {
  return InstancesOf(env, [what](std::string_view type) {
    if (what == Completes::kTests) return type == "test";
    bool is_note = type == "policy" || type == "environment" || type == "test";
    return !is_note && (what == Completes::kGoals || type != "pipeline");
  });
}

Words EnvironmentNames(Env& env) {
  return InstancesOf(env, [](std::string_view type) { return type == "environment"; });
}

// `env=`: the parameters of the root module.
Words ParamNames(Env& env) {
  return NamesOf(env, [](const ast::Decl& decl) -> std::optional<std::string> {
    const auto* param = std::get_if<ast::ParamDecl>(&decl.node);
    if (!param) return std::nullopt;
    return param->name.text.str() + "=";
  });
}

Words Arguments(Env& env, const Command& command) {
  switch (command.positional.completes) {
    case Completes::kNothing:
      return {};
    case Completes::kFiles:
      return {":files"};
    case Completes::kTests:
    case Completes::kGoals:
      return DeclaredNames(env, command.positional.completes);
    case Completes::kRuns:
      return RunNames(env);
    case Completes::kAddresses: {
      if (command.name.starts_with("state")) return RecordedNames(env);
      return DeclaredNames(env, Completes::kAddresses);
    }
    case Completes::kTypes: {
      Words names;
      for (const DocEntry& entry : AllDocEntries(env, Documented::kHandwritten, false))
        names.push_back(entry.name);
      return names;
    }
  }
  return {};
}

Words OptionNames(const Command& command) {
  Words names;
  for (const OptionSpec& spec : OptionsOf(command)) {
    names.emplace_back(spec.names.substr(spec.names.rfind(',') + 1));
  }
  return names;
}

// The words that stand in for the option that `previous` names, where it takes a value.
std::optional<Words> OptionValues(Env& env, const Command& command, const std::string& previous) {
  for (const OptionSpec& spec : OptionsOf(command)) {
    if (spec.value.empty()) continue;
    std::string_view first = spec.names.substr(0, spec.names.find(','));
    std::string_view last = spec.names.substr(spec.names.rfind(',') + 1);
    if (previous != first && previous != last) continue;
    if (spec.choices.empty()) {
      if (spec.value == "ADDRESS") return DeclaredNames(env, Completes::kAddresses);
      if (spec.value == "NAME=VALUE") return ParamNames(env);
      if (last == "--env") return EnvironmentNames(env);
      bool is_file = spec.value == "FILE" || spec.value == "DIR";
      return is_file ? Words{":files"} : Words{};
    }
    return ChoicesOf(spec.choices);
  }
  return std::nullopt;
}

// `-C DIR` before the command: what is completed is that of DIR. Returns the words behind it.
Words InDirectory(Words words) {
  while (words.size() > 2 && (words[0] == "-C" || words[0] == "--directory")) {
    std::error_code error;
    std::filesystem::current_path(words[1], error);
    words.erase(words.begin(), words.begin() + 2);
  }
  return words;
}

Words Candidates(Env& env, const Words& words) {
  const std::string& last = words.back();
  if (words.size() == 2 && (words[0] == "-C" || words[0] == "--directory")) return {":files"};
  Words before(words.begin(), words.end() - 1);
  std::erase_if(before, [](const std::string& word) { return word.starts_with('-'); });
  if (before.empty()) return FirstWords();
  const Command* command = FindCommand(before[0]);
  if (!command && before.size() > 1) command = FindCommand(before[0] + " " + before[1]);
  if (!command) {
    Words below;
    for (const Command* row : CommandsBelow(before[0])) {
      below.emplace_back(row->name.substr(before[0].size() + 1));
    }
    return below;
  }
  if (words.size() > 1) {
    if (auto values = OptionValues(env, *command, words[words.size() - 2])) return *values;
  }
  if (last.starts_with('-')) return OptionNames(*command);
  if (!command->positional.choices.empty()) return ChoicesOf(command->positional.choices);
  return Arguments(env, *command);
}

Result<int> Run(CliSession& session, const Args& args) {
  Words words = InDirectory(args.positional);
  if (words.empty()) words.emplace_back();
  Words found = Candidates(*session.env, words);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (const std::string& word : found) {
    if (word == ":files" || word.starts_with(words.back())) WriteOut(word + "\n");
  }
  return kExitOk;
}

}  // namespace

extern const Command kCompleteCommand = {.name = "__complete",
                                         .summary = "candidates for a shell",
                                         .example = "opsc __complete -- pl",
                                         .run = Run,
                                         .positional = {"WORD", 0, kAnyNumber},
                                         .shown = Command::Shown::kHidden};

}  // namespace opsc
