#include "runtime/git/signature.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "runtime/git/verify.h"

namespace opsc {
namespace {

constexpr std::string_view kSshHead = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kPgpHead = "-----BEGIN PGP ";

// A directory of this process alone, gone with it.
class PrivateDirectory {
 public:
  static Result<PrivateDirectory> Make(const std::string& below) {
    std::string name = below + "/verify-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      return FailErrno(fmt::format("cannot make a directory in `{}`", below), errno);
    }
    return PrivateDirectory(std::move(name));
  }
  PrivateDirectory(PrivateDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;
  ~PrivateDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Status WriteText(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  return file ? Status{} : Fail(ErrorKind::kEnvironment, fmt::format("cannot write `{}`", path));
}

}  // namespace

std::string_view SignatureStateName(SignatureState state) {
  constexpr std::string_view kNames[] = {"good", "unsigned", "foreign", "expired", "bad"};
  return kNames[static_cast<size_t>(state)];
}

Result<Signature> VerifySignature(const GitCommit& commit, const std::vector<SignerKeys>& keys,
                                  const std::string& scratch, std::stop_token stop) {
  if (commit.signature.empty()) {
    return Signature{SignatureState::kUnsigned, "", "the commit is not signed"};
  }
  bool ssh = commit.signature.starts_with(kSshHead);
  if (!ssh && !commit.signature.starts_with(kPgpHead)) {
    return Signature{SignatureState::kForeign, "",
                     "the signature is neither one of SSH nor one of OpenPGP"};
  }
  OPS_ASSIGN(PrivateDirectory directory, PrivateDirectory::Make(scratch));
  SignedCommit check{commit, keys, directory.path(), std::move(stop)};
  OPS_TRY(WriteText(check.signature_path(), commit.signature));
  return ssh ? VerifySsh(check) : VerifyPgp(check);
}

Status WriteForCheck(const std::string& path, std::string_view text) {
  return WriteText(path, text);
}

}  // namespace opsc
