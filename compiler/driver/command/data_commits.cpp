#include <fmt/format.h>

#include <filesystem>

#include "compiler/driver/cli/command.h"
#include "compiler/driver/cli/result_file.h"
#include "compiler/driver/cli/signals.h"
#include "compiler/driver/data/commit_rows.h"
#include "runtime/data/file_writer.h"
#include "runtime/git/repository.h"

namespace opsc {
namespace {

constexpr OptionSpec kOptions[] = {
    {"-o,--output", "FILE", "write there (default: standard output)"},
    {"--ref", "REVISION", "whose history: a branch, a tag, a commit (default: HEAD)"},
    {"--within", "DURATION", "how soon a fix counts (default: 30d)", "", OptionSyntax::kDuration},
    {"--fix-words", "WORDS",
     "what the first line of a fix says (default: fix,fixes,fixed,fixing,bugfix,hotfix,revert,…)"},
    {"--names", "", "authors by name, not by a hash of their address"},
};

constexpr std::chrono::days kLongest(3650);

Result<CommitRowOptions> OptionsFrom(const Args& args) {
  CommitRowOptions options;
  options.within = args.Duration("within").value_or(options.within);
  if (options.within <= options.within.zero() || options.within > kLongest) {
    return Fail(ErrorKind::kInput, "`--within` has to be between 1ns and ten years",
                "for example `30d`");
  }
  options.fix_words = FixWordsOf(args.ValueOr("fix-words", kFixWords));
  if (options.fix_words.empty()) {
    return Fail(ErrorKind::kInput, "`--fix-words` has no word", "for example `fix,fixes,revert`");
  }
  if (args.Flag("names")) options.authors = CommitRowOptions::Authors::kNamed;
  return options;
}

// `put` gets the table piece by piece; the number of commits comes back.
template <typename Put>
Result<uint64_t> WriteCommits(const Args& args, Put put) {
  OPS_ASSIGN(CommitRowOptions options, OptionsFrom(args));
  OPS_ASSIGN(auto repository, DiscoverRepository(args.positional.front()));
  OPS_ASSIGN(std::string id,
             repository->Resolve({GitRef::Kind::kRevision, args.ValueOr("ref", "HEAD")}));
  CommitRows rows(std::move(options));
  OPS_TRY(put(CommitRows::Header()));
  uint64_t count = 0;
  const StopOnSignal stop;
  OPS_TRY(repository->History(
      id,
      [&](const GitHistoryEntry& commit) {
        ++count;
        return put(rows.Row(commit));
      },
      stop.token()));
  return count;
}

// Under another name first: who reads the directory sees whole files only.
Result<uint64_t> WriteFile(Env& env, const Args& args, const std::string& path) {
  const bool into = IsWrittenInto(env, path);
  std::string part = into ? path : path + ".part";
  OPS_ASSIGN(auto file, FileWriter::Open(part));
  auto count = WriteCommits(args, [&](std::string_view text) { return file->Write(text); });
  std::error_code error;
  Status closed = file->Close();
  if (into && count && closed) return count;
  if (!count || !closed) {
    if (!into) std::filesystem::remove(part, error);
    return count ? std::unexpected(closed.error()) : count;
  }
  std::filesystem::rename(part, path, error);
  if (error) {
    return Fail(ErrorKind::kEnvironment, fmt::format("cannot write {}: {}", path, error.message()));
  }
  return count;
}

Result<int> Run(CliSession& session, const Args& args) {
  auto path = args.Value("output");
  if (!path) {
    OPS_TRY(WriteCommits(args, [](std::string_view text) -> Status {
      WriteOut(text);
      return {};
    }));
    return kExitOk;
  }
  OPS_ASSIGN(uint64_t count, WriteFile(*session.env, args, *path));
  if (session.verbosity != Verbosity::kQuiet) {
    WriteOut(fmt::format("{}: {} commits\n", *path, count));
  }
  return kExitOk;
}

}  // namespace

extern const Command kDataCommitsCommand = {
    .name = "data commits",
    .summary = "the history of a Git repository as a CSV file, a commit a row",
    .example = "opsc data commits . --output commits.csv",
    .run = Run,
    .positional = {"REPOSITORY", 1, 1, Completes::kFiles},
    .options = kOptions,
    .details =
        "Who, when, what it changed, and whether a later commit that says fix touched a file of\n"
        "it soon (`fixed`), and when that was known (`known`). Newest first; bare repositories\n"
        "and clones. Columns: docs/data.md."};

}  // namespace opsc
