#include "compiler/driver/cli/arguments.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "compiler/diag/diagnostics.h"
#include "runtime/base/check.h"

namespace opsc {
namespace {

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string LongName(const OptionSpec& spec) {
  return Split(spec.names, ',').back();
}

UsageError UnknownOption(std::span<const OptionSpec> options, const std::string& word) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : options) names.push_back(LongName(spec));
  std::string option = word.substr(0, word.find('='));
  std::string nearest = Nearest(option, names);
  return {
      fmt::format("unknown option `{}`", option),
      nearest.empty() ? "`--help` lists the options" : fmt::format("did you mean `{}`?", nearest)};
}

// The words that are no option, in order: CLI11 would take a positional `[a, b]` apart.
std::expected<std::vector<std::string>, UsageError> PositionalWords(
    std::span<const OptionSpec> options, const std::vector<std::string>& rest) {
  std::vector<std::string> words;
  bool only_positional = false;
  for (const std::string& word : rest) {
    if (!only_positional && word == "--") {
      only_positional = true;
    } else if (!only_positional && word.starts_with('-') && word != "-") {
      return std::unexpected(UnknownOption(options, word));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

bool FitsSyntax(OptionSyntax syntax, std::string_view value) {
  switch (syntax) {
    case OptionSyntax::kText:
      return true;
    case OptionSyntax::kNameValue:
      return value.find('=') != value.npos && value.find('=') > 0;
    case OptionSyntax::kDuration:
      return ParseDuration(value).has_value();
    case OptionSyntax::kSize:
      return ParseSize(value).has_value();
    case OptionSyntax::kBool:
      return value == "true" || value == "false";
    case OptionSyntax::kCount: {
      int number = 0;
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      return error == std::errc() && end == value.data() + value.size() && number > 0;
    }
  }
  return false;
}

std::string_view SyntaxHint(OptionSyntax syntax) {
  switch (syntax) {
    case OptionSyntax::kNameValue:
      return "write NAME=VALUE";
    case OptionSyntax::kDuration:
      return "write a duration such as 30s, 5min or 2h";
    case OptionSyntax::kSize:
      return "write a size such as 500MB or 20GiB";
    case OptionSyntax::kCount:
      return "write a whole number from 1";
    case OptionSyntax::kBool:
      return "write true or false";
    case OptionSyntax::kText:
      return "";
  }
  return "";
}

// An option that takes a value and got none: CLI11 says "--param: 1 required  missing".
UsageError MissingValue(std::span<const OptionSpec> options, std::string_view said) {
  const std::string option(said.substr(0, said.find(':')));
  for (const OptionSpec& spec : options) {
    if (LongName(spec) != option) continue;
    return {fmt::format("`{}` needs a value", option),
            fmt::format("write `{} {}`", option, spec.value)};
  }
  return {std::string(said), ""};
}

std::optional<UsageError> CheckChoice(std::string_view all, const std::string& value,
                                      std::string_view place) {
  std::vector<std::string> choices = ChoicesOf(all);
  if (all.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
    return std::nullopt;
  }
  std::string nearest = Nearest(value, choices);
  return UsageError{fmt::format("`{}` is not a value for {}", value, place),
                    fmt::format("one of {}{}", fmt::join(choices, ", "),
                                nearest.empty() ? "" : "; did you mean `" + nearest + "`?")};
}

std::optional<UsageError> CheckValues(const OptionSpec& spec,
                                      const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (!spec.value.empty() && !FitsSyntax(spec.syntax, value)) {
      return UsageError{fmt::format("`{}` is not a value for `{}`", value, LongName(spec)),
                        std::string(SyntaxHint(spec.syntax))};
    }
    if (auto wrong = CheckChoice(spec.choices, value, "`" + LongName(spec) + "`")) return wrong;
  }
  return std::nullopt;
}

std::optional<UsageError> CheckCount(const Positional& positional,
                                     const std::vector<std::string>& words) {
  if (words.size() < positional.min) {
    return UsageError{fmt::format("missing argument {}", positional.name), ""};
  }
  if (words.size() <= positional.max) {
    return words.empty() ? std::nullopt
                         : CheckChoice(positional.choices, words.front(), positional.name);
  }
  return UsageError{fmt::format("unexpected argument `{}`", words[positional.max]),
                    positional.name.empty() ? "this command takes no arguments" : ""};
}

const std::vector<std::string>& Find(const Args& args, std::string_view name) {
  auto found = args.options.find(name);
  OPS_CHECK(found != args.options.end(), "an option that the command does not declare");
  return found->second;
}

}  // namespace

std::string_view OptionSpec::name() const {
  std::string_view last = names.substr(names.rfind(',') + 1);
  return last.substr(last.find_first_not_of('-'));
}

bool Args::Flag(std::string_view name) const {
  const auto& values = Find(*this, name);
  return !values.empty() && values.back() != "false";
}

int Args::Count(std::string_view name) const {
  return static_cast<int>(Find(*this, name).size());
}

std::optional<std::string> Args::Value(std::string_view name) const {
  const auto& values = Find(*this, name);
  if (values.empty()) return std::nullopt;
  return values.back();
}

std::string Args::ValueOr(std::string_view name, std::string_view fallback) const {
  return Value(name).value_or(std::string(fallback));
}

const std::vector<std::string>& Args::Values(std::string_view name) const {
  return Find(*this, name);
}

std::optional<std::chrono::nanoseconds> Args::Duration(std::string_view name) const {
  auto text = Value(name);
  return text ? ParseDuration(*text) : std::nullopt;
}

std::optional<uint64_t> Args::Size(std::string_view name) const {
  auto text = Value(name);
  return text ? ParseSize(*text) : std::nullopt;
}

std::expected<Args, UsageError> ParseArguments(std::span<const OptionSpec> options,
                                               const Positional& positional,
                                               const std::vector<std::string>& words) {
  Args args;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const OptionSpec*, CLI::Option*>> declared;
  for (const OptionSpec& spec : options) {
    CLI::Option* option = spec.value.empty() ? app.add_flag(std::string(spec.names))
                                             : app.add_option(std::string(spec.names));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (!spec.value.empty()) option->expected(1)->allow_extra_args(false);
    declared.emplace_back(&spec, option);
  }
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    return std::unexpected(MissingValue(options, error.what()));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(UsageError{error.what(), ""});
  }
  auto positional_words = PositionalWords(options, app.remaining());
  if (!positional_words) return std::unexpected(positional_words.error());
  args.positional = std::move(*positional_words);
  for (const auto& [spec, option] : declared) {
    std::vector<std::string> values = option->results();
    if (auto wrong = CheckValues(*spec, values)) return std::unexpected(*wrong);
    args.options.emplace(spec->name(), std::move(values));
  }
  if (auto wrong = CheckCount(positional, args.positional)) return std::unexpected(*wrong);
  return args;
}

namespace {

using Unit = std::pair<std::string_view, double>;

// A number that is not negative and one of the units, as a multiple of their base.
std::optional<double> ParseWithUnit(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || !std::isfinite(number)) return std::nullopt;
  std::string_view unit(end, text.size() - static_cast<size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit == name && number * factor <= 9e18) return number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  static constexpr Unit kUnits[] = {{"ms", 1e6}, {"us", 1e3}, {"ns", 1},     {"min", 60e9},
                                    {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
  auto nanoseconds = ParseWithUnit(text, kUnits);
  if (!nanoseconds) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<int64_t>(*nanoseconds));
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  static constexpr Unit kUnits[] = {{"B", 1},        {"KB", 1e3},     {"MB", 1e6},
                                    {"GB", 1e9},     {"TB", 1e12},    {"KiB", 0x1p10},
                                    {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
  auto bytes = ParseWithUnit(text, kUnits);
  if (!bytes) return std::nullopt;
  return static_cast<uint64_t>(*bytes);
}

std::vector<std::string> ChoicesOf(std::string_view choices) {
  return Split(choices, '|');
}

}  // namespace opsc
