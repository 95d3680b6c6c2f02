#include "compiler/driver/data/commit_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/base/digest.h"
#include "runtime/base/env.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

char Lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool InWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::string Lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), Lower);
  return out;
}

std::set<std::string> WordsOf(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (char c : text) {
    if (InWord(c)) {
      word += Lower(c);
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.insert(word);
  return words;
}

std::string_view Trimmed(std::string_view message) {
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.front()))) {
    message.remove_prefix(1);
  }
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back()))) {
    message.remove_suffix(1);
  }
  return message;
}

bool SaysFix(std::string_view message, const std::set<std::string>& fix_words) {
  std::string_view subject = Trimmed(message);
  subject = subject.substr(0, subject.find('\n'));
  return std::ranges::any_of(WordsOf(subject),
                             [&](const std::string& word) { return fix_words.contains(word); });
}

std::string_view DirectoryOf(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view(".") : path.substr(0, slash);
}

// Bytes that are no UTF-8 as "%FF": a name in an old encoding is a name all the same.
std::string Utf8Of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t length = SequenceLength(text);
    if (length > 0) out += text.substr(0, length);
    if (length == 0) out += fmt::format("%{:02X}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

// RFC 4180; always quoted, since an empty cell without quotes is null.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : Utf8Of(text)) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// What the changes come to.
struct Extent {
  uint64_t insertions = 0;
  uint64_t deletions = 0;
  size_t directories = 0;
  std::string_view directory;  // of the file with the most lines
};

Extent ExtentOf(const std::vector<GitChange>& changes) {
  Extent extent;
  std::set<std::string_view> directories;
  const GitChange* most = nullptr;
  auto lines = [](const GitChange& change) { return change.insertions + change.deletions; };
  for (const GitChange& change : changes) {
    extent.insertions += change.insertions;
    extent.deletions += change.deletions;
    directories.insert(DirectoryOf(change.path));
    if (most == nullptr || lines(change) > lines(*most)) most = &change;
  }
  extent.directories = directories.size();
  if (most != nullptr) extent.directory = DirectoryOf(most->path);
  return extent;
}

std::string AuthorOf(const GitHistoryEntry& commit, CommitRowOptions::Authors authors) {
  if (authors == CommitRowOptions::Authors::kNamed) return Quoted(commit.author);
  return Sha256(Lowered(commit.email)).Short();
}

}  // namespace

std::set<std::string> FixWordsOf(std::string_view list) {
  return WordsOf(list);
}

std::string_view CommitRows::Header() {
  return "id,at,known,author,authored,hour,weekday,merge,files,insertions,deletions,directories,"
         "directory,message,says_fix,fixed,fixed_at\n";
}

// Before its time is up no commit has a label, also one that was fixed already: among the young
// those that were fixed would be the only ones with a label.
CommitRows::Outcome CommitRows::OutcomeOf(const GitHistoryEntry& commit) {
  Time at = commit.committed, end = at + options_.within;
  if (commit.parents > 1) return {"", {}, at};
  Time first = Time::max();
  for (const GitChange& change : commit.changes) {
    auto fixes = fixes_.find(change.path);
    if (fixes == fixes_.end()) continue;
    auto later = std::ranges::upper_bound(fixes->second, at);
    if (later != fixes->second.end()) first = std::min(first, *later);
  }
  bool is_over = end <= until_;
  if (first <= end) return {is_over ? "true" : "", first, first};
  if (is_over) return {"false", {}, end};
  return {"", {}, std::max(at, until_)};
}

// Fixes too late for what is yet to come are forgotten: with as much again in reserve, since clocks
// of committers differ.
void CommitRows::RememberFix(const GitHistoryEntry& commit) {
  for (const GitChange& change : commit.changes) {
    std::vector<Time>& fixes = fixes_[change.path];
    fixes.insert(std::ranges::upper_bound(fixes, commit.committed), commit.committed);
    Time last = commit.committed + 2 * options_.within;
    fixes.erase(std::ranges::upper_bound(fixes, last), fixes.end());
  }
}

std::string CommitRows::Row(const GitHistoryEntry& commit) {
  until_ = std::max(until_, commit.committed);
  Outcome outcome = OutcomeOf(commit);
  bool merge = commit.parents > 1;
  bool says_fix = !merge && SaysFix(commit.message, options_.fix_words);
  if (says_fix) RememberFix(commit);
  Time local = commit.authored + commit.zone;
  auto day = std::chrono::floor<std::chrono::days>(local);
  Extent extent = ExtentOf(commit.changes);
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", commit.id,
                     FormatTime(commit.committed), FormatTime(outcome.known),
                     AuthorOf(commit, options_.authors), FormatTime(commit.authored),
                     std::chrono::floor<std::chrono::hours>(local - day).count(),
                     std::chrono::weekday(day).iso_encoding(), merge, commit.changes.size(),
                     extent.insertions, extent.deletions, extent.directories,
                     Quoted(extent.directory), Trimmed(commit.message).size(), says_fix,
                     outcome.fixed, outcome.fixed_at ? FormatTime(*outcome.fixed_at) : "");
}

}  // namespace opsc
