#include <sstream>

#include <fmt/format.h>

#include "runtime/base/program.h"
#include "runtime/git/verify.h"

namespace opsc {
namespace {

// gpg in a home of its own, where only the given keys are.
ProgramCall Gpg(const SignedCommit& check, std::vector<std::string> arguments, std::string input) {
  ProgramCall call;
  call.argv = {"gpg",     "--homedir",      check.directory,          "--batch",       "--no-tty",
               "--quiet", "--no-autostart", "--no-auto-key-retrieve", "--trust-model", "always"};
  call.argv.insert(call.argv.end(), arguments.begin(), arguments.end());
  call.input = std::move(input);
  call.variables = {{"LC_ALL", "C"}};
  return call;
}

Status ImportKeys(const SignedCommit& check) {
  for (const SignerKeys& file : check.keys) {
    if (!IsPgpKey(file)) continue;
    OPS_ASSIGN(ProgramEnd end, RunProgram(Gpg(check, {"--import"}, file.text), check.stop));
    if (end.exit_code == 0) continue;
    return Fail(ErrorKind::kInput, fmt::format("gpg does not take the keys in `{}`", file.path),
                end.err.substr(0, end.err.find('\n')));
  }
  return {};
}

// What follows "[GNUPG:] WORD " in gpg's status; nullopt: it does not say that.
std::optional<std::string> Said(const std::string& status, std::string_view word) {
  std::istringstream lines(status);
  std::string head = fmt::format("[GNUPG:] {}", word);
  for (std::string line; std::getline(lines, line);) {
    if (line == head) return "";
    if (line.starts_with(head + " ")) return line.substr(head.size() + 1);
  }
  return std::nullopt;
}

// "KEYID Ada <ada@example.com>" → the name.
std::string NameIn(const std::string& said) {
  size_t space = said.find(' ');
  return space == said.npos ? said : said.substr(space + 1);
}

Signature Judge(const std::string& status) {
  for (std::string_view word : {"EXPKEYSIG", "REVKEYSIG", "EXPSIG"}) {
    if (auto who = Said(status, word)) {
      return {SignatureState::kExpired, NameIn(*who),
              fmt::format("the key of {} is {}", NameIn(*who),
                          word == "REVKEYSIG" ? "revoked" : "not valid any more")};
    }
  }
  if (auto who = Said(status, "BADSIG")) {
    return {SignatureState::kBad, NameIn(*who), "the signature does not fit the commit"};
  }
  auto good = Said(status, "GOODSIG");
  if (good && Said(status, "VALIDSIG")) return {SignatureState::kGood, NameIn(*good), ""};
  std::string key = Said(status, "NO_PUBKEY").value_or("");
  return {SignatureState::kForeign, key,
          fmt::format("it is signed by the OpenPGP key {}, which is not among those allowed",
                      key.empty() ? "of somebody" : key)};
}

}  // namespace

Result<Signature> VerifyPgp(const SignedCommit& check) {
  OPS_TRY(ImportKeys(check));
  OPS_ASSIGN(ProgramEnd end,
             RunProgram(Gpg(check, {"--status-fd", "1", "--verify", check.signature_path(), "-"},
                            check.commit.payload),
                        check.stop));
  return Judge(end.out);
}

}  // namespace opsc
