// The two programs that know signatures.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/git/signature.h"

namespace opsc {

// What both need.
struct SignedCommit {
  const GitCommit& commit;
  const std::vector<SignerKeys>& keys;
  std::string directory;  // private to this check
  std::stop_token stop;

  std::string signature_path() const { return directory + "/signature"; }
};

Result<Signature> VerifySsh(const SignedCommit& check);
Result<Signature> VerifyPgp(const SignedCommit& check);

Status WriteForCheck(const std::string& path, std::string_view text);
bool IsPgpKey(const SignerKeys& keys);

}  // namespace opsc
