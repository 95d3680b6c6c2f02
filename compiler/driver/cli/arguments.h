// Words of the command line → options and positionals, by the rows that declare them.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace opsc {

enum class OptionSyntax : uint8_t { kText, kNameValue, kDuration, kCount, kBool, kSize };

// One option of a command.
struct OptionSpec {
  std::string_view names;  // "-o,--out": the last one is the name it is asked for by
  std::string_view value;  // what its value is called; empty: a flag
  std::string_view help;
  std::string_view choices = {};  // "text|json": anything else is refused
  OptionSyntax syntax = OptionSyntax::kText;

  std::string_view name() const;  // "out"
};

enum class Completes : uint8_t { kNothing, kFiles, kAddresses, kGoals, kTests, kRuns, kTypes };

// The arguments without a name.
struct Positional {
  std::string_view name = {};  // "TARGET"; empty: none are taken
  size_t min = 0;
  size_t max = 0;
  Completes completes = Completes::kNothing;
  std::string_view choices = {};  // "bash|zsh": anything else is refused
};
inline constexpr size_t kAnyNumber = 1'000'000;

// What was given. Asking for an option that the command does not declare is a bug.
class Args {
 public:
  bool Flag(std::string_view name) const;                         // given, and not as `=false`
  int Count(std::string_view name) const;                         // how often a flag was given
  std::optional<std::string> Value(std::string_view name) const;  // the last one given
  std::string ValueOr(std::string_view name, std::string_view fallback) const;
  const std::vector<std::string>& Values(std::string_view name) const;
  std::optional<std::chrono::nanoseconds> Duration(std::string_view name) const;
  std::optional<uint64_t> Size(std::string_view name) const;  // bytes

  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>, std::less<>> options;  // every declared one
};

// Why the words mean nothing: exit code 64.
struct UsageError {
  std::string message;
  std::string hint;
};

std::expected<Args, UsageError> ParseArguments(std::span<const OptionSpec> options,
                                               const Positional& positional,
                                               const std::vector<std::string>& words);

// "250ms", "10s", "5min", "2h", "30d", as in `.ops`; also "5m".
std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text);
// "500MB", "20GiB", as in `.ops`; in bytes.
std::optional<uint64_t> ParseSize(std::string_view text);
// The names of "text|json".
std::vector<std::string> ChoicesOf(std::string_view choices);

}  // namespace opsc
