#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

#include "runtime/base/program.h"
#include "runtime/git/verify.h"

namespace opsc {
namespace {

bool IsKeyType(std::string_view word) {
  constexpr std::array<std::string_view, 3> kHeads = {"ssh-", "ecdsa-sha2-", "sk-"};
  return std::ranges::any_of(kHeads, [&](std::string_view head) { return word.starts_with(head); });
}

// A principal is one word without commas, quotes and wildcards.
std::string Principal(std::string_view name) {
  std::string made;
  for (char c : name) {
    bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("@._+-").contains(c);
    made += plain ? c : '_';
  }
  return made.empty() ? "unnamed" : made;
}

std::string Stem(std::string_view path) {
  std::string_view name = BaseName(path);
  return std::string(name.substr(0, name.find('.')));
}

// One line of a key file as a line of an allowed signers file; empty for comments.
std::string AllowedLine(const std::string& line, const std::string& path) {
  std::istringstream words(line);
  std::string type, key, comment;
  words >> type >> key;
  std::getline(words >> std::ws, comment);
  if (type.empty() || type.starts_with('#')) return "";
  if (!IsKeyType(type)) return line;
  return fmt::format("{} {} {}", Principal(comment.empty() ? Stem(path) : comment), type, key);
}

Result<std::string> AllowedSigners(const std::vector<SignerKeys>& keys) {
  std::string text;
  for (const SignerKeys& file : keys) {
    if (IsPgpKey(file)) continue;
    std::istringstream lines(file.text);
    size_t before = text.size();
    for (std::string line; std::getline(lines, line);) {
      if (std::string allowed = AllowedLine(line, file.path); !allowed.empty()) {
        text += allowed + "\n";
      }
    }
    if (text.size() == before) {
      return Fail(ErrorKind::kInput, fmt::format("`{}` holds no public key", file.path),
                  "it takes SSH public keys, allowed signers or OpenPGP public keys");
    }
  }
  return text;
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

class SshCheck {
 public:
  SshCheck(const SignedCommit& check, std::string allowed)
      : check_(check), allowed_(std::move(allowed)) {}

  Result<Signature> Run() {
    OPS_ASSIGN(std::string principal, Find(""));
    if (principal.empty()) return NotAllowed();
    ProgramCall call{{"ssh-keygen", "-Y", "verify", "-n", "git", "-f", allowed_, "-I", principal,
                      "-s", check_.signature_path()},
                     check_.commit.payload};
    OPS_ASSIGN(ProgramEnd end, RunProgram(call, check_.stop));
    if (end.exit_code == 0) return Signature{SignatureState::kGood, principal, ""};
    return Signature{SignatureState::kBad, principal,
                     "the signature does not fit the commit: " + FirstLine(end.err + end.out)};
  }

 private:
  // Who of those allowed has the key of the signature; empty: nobody.
  Result<std::string> Find(const std::string& at) {
    ProgramCall call{
        {"ssh-keygen", "-Y", "find-principals", "-f", allowed_, "-s", check_.signature_path()}};
    if (!at.empty()) call.argv.push_back("-Overify-time=" + at);
    OPS_ASSIGN(ProgramEnd end, RunProgram(call, check_.stop));
    return end.exit_code == 0 ? FirstLine(end.out) : "";
  }

  Result<Signature> NotAllowed() {
    auto seconds = std::chrono::floor<std::chrono::seconds>(check_.commit.time);
    std::string then = FormatTime(seconds);  // 2026-11-23T11:53:00.000Z → 20261123115300Z
    std::erase_if(then, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) == 0; });
    OPS_ASSIGN(std::string principal, Find(then.substr(0, 14) + "Z"));
    if (!principal.empty()) {
      return Signature{SignatureState::kExpired, principal,
                       fmt::format("the key of {} is not valid any more", principal)};
    }
    return Signature{SignatureState::kForeign, "",
                     "it is signed by an SSH key that is not among those allowed"};
  }

  const SignedCommit& check_;
  std::string allowed_;
};

}  // namespace

bool IsPgpKey(const SignerKeys& keys) {
  bool binary = !keys.text.empty() && (static_cast<unsigned char>(keys.text[0]) & 0x80) != 0;
  return binary || keys.text.contains("-----BEGIN PGP PUBLIC KEY BLOCK-----");
}

Result<Signature> VerifySsh(const SignedCommit& check) {
  OPS_ASSIGN(std::string allowed, AllowedSigners(check.keys));
  std::string path = check.directory + "/allowed";
  OPS_TRY(WriteForCheck(path, allowed));
  return SshCheck(check, path).Run();
}

}  // namespace opsc
