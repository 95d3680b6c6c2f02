#include "compiler/driver/cli/command.h"

namespace opsc {
namespace {

// Each asks `opsc __complete -- WORDS…` (the words after `opsc`, the last one unfinished) and gets
// one candidate a line.
constexpr std::string_view kBash = R"(_opsc() {
  local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" words
  read -ra words -d '' <<< "${line// /$'\n'}" 2>/dev/null
  words=("${words[@]:1}")
  [[ $line == *' ' ]] && words+=("")
  COMPREPLY=($(opsc __complete -- "${words[@]}" 2>/dev/null))
  if [[ ${COMPREPLY[0]} == ':files' ]]; then
    COMPREPLY=($(compgen -f -- "${words[${#words[@]}-1]}"))
    compopt -o filenames 2>/dev/null
  elif [[ ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _opsc opsc
)";

constexpr std::string_view kZsh = R"(#compdef opsc
_opsc() {
  local -a found
  found=("${(@f)$(opsc __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${found[1]} == ':files' ]]; then
    _files
  else
    compadd -- "${(@)found:#}"
  fi
}
compdef _opsc opsc
)";

constexpr std::string_view kFish = R"(function __opsc_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (opsc __complete -- $words[2..-1] 2>/dev/null)
  if test "$found[1]" = ':files'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $found
  end
end
complete -c opsc -f -a '(__opsc_complete)'
)";

Result<int> Run(CliSession&, const Args& args) {
  const std::string& shell = args.positional.front();
  if (shell == "bash") WriteOut(kBash);
  if (shell == "zsh") WriteOut(kZsh);
  if (shell == "fish") WriteOut(kFish);
  return kExitOk;
}

}  // namespace

extern const Command kCompletionCommand = {
    .name = "completion",
    .summary = "completion of commands, options and addresses for a shell",
    .example = "opsc completion bash > ~/.local/share/bash-completion/completions/opsc",
    .run = Run,
    .positional = {"bash|zsh|fish", 1, 1, Completes::kNothing, "bash|zsh|fish"}};

}  // namespace opsc
