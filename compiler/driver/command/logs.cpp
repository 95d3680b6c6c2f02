#include <unistd.h>

#include <thread>

#include <fmt/format.h>

#include "compiler/driver/cli/signals.h"
#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/log_files.h"
#include "compiler/driver/project/recorded_runs.h"
#include "compiler/driver/show/run_text.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-f,--follow", "", "go on as the log grows, until interrupted"},
    {"-n,--lines", "N", "only the last N lines", "", OptionSyntax::kCount},
};

std::string_view LastLines(std::string_view text, size_t count) {
  size_t at = text.size();
  if (text.ends_with('\n') && at > 0) --at;
  while (count > 0 && at > 0) {
    size_t newline = text.rfind('\n', at - 1);
    if (newline == text.npos) return text;
    at = newline;
    --count;
  }
  return count == 0 && at < text.size() ? text.substr(at + 1) : text;
}

// Prints what is added to the file until INT or TERM.
void Follow(Env& env, const std::string& path, size_t printed) {
  StopOnSignal stop;
  while (!stop.token().stop_requested()) {
    auto text = env.ReadFile(path);
    if (text && text->size() < printed) printed = 0;  // rotated
    if (text && text->size() > printed) {
      WriteOut(std::string_view(*text).substr(printed));
      printed = text->size();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Status PrintLog(CliSession& session, const Args& args, const LogFile& log, bool with_title) {
  OPS_ASSIGN(std::string text, session.env->ReadFile(log.path));
  if (with_title) {
    std::string title = fmt::format("── {} ──", log.address);
    WriteOut(Paint(session.terminal.out_color, Style::kBold, title) + "\n");
  }
  std::string_view shown = text;
  if (auto lines = args.Value("lines")) shown = LastLines(shown, std::stoul(*lines));
  WriteOut(shown);
  if (!shown.empty() && !shown.ends_with('\n') && !args.Flag("follow")) WriteOut("\n");
  if (args.Flag("follow") && !with_title) Follow(*session.env, log.path, text.size());
  return {};
}

// Where the last run is asked for and printed nothing, these are of an earlier one.
Status SayWhichRun(const CliSession& session, Journal& journal, const std::string& word,
                   const std::vector<LogFile>& logs) {
  if (!word.empty() || logs.empty()) return {};
  OPS_ASSIGN(RunRecord last, FindRun(journal, "last"));
  if (last.id == logs.front().run) return {};
  PrintNote(session, fmt::format("run {} ({}) printed nothing; this is of run {}", last.id,
                                 OutcomeName(last.outcome), logs.front().run));
  return {};
}

Result<int> Run(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(auto journal, OpenExistingJournal(*session.env, project));
  std::string word = args.positional.empty() ? "" : args.positional.front();
  OPS_ASSIGN(std::vector<LogFile> logs, FindLogs(*session.env, project, *journal, word));
  if (args.Flag("follow") && logs.size() != 1) {
    std::vector<std::string> names;
    for (const LogFile& log : logs) names.push_back(log.address);
    return Fail(ErrorKind::kInput, "--follow takes one log",
                fmt::format("name one: {}", fmt::join(names, ", ")));
  }
  OPS_TRY(SayWhichRun(session, *journal, word, logs));
  bool several = logs.size() > 1;
  for (const LogFile& log : logs) OPS_TRY(PrintLog(session, args, log, several));
  return kExitOk;
}

}  // namespace

extern const Command kLogsCommand = {
    .name = "logs",
    .summary = "what tasks and services printed",
    .example = "opsc logs last/build",
    .run = Run,
    .positional = {"RUN[/TASK]|SERVICE", 0, 1, Completes::kRuns},
    .options = kOptions,
    .details = "Without an argument: all logs of the last run that printed something."};

}  // namespace opsc
