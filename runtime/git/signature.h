// Who signed a commit, and is that somebody who may?
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/git/repository.h"

namespace opsc {

// A file of keys that may sign: SSH public keys or lines of an allowed signers file
// (ssh-keygen(1)), or OpenPGP public keys.
struct SignerKeys {
  std::string path;  // says whose they are where a key does not
  std::string text;
};

enum class SignatureState : uint8_t {
  kGood,
  kUnsigned,
  kForeign,  // of a key that is not among those given
  kExpired,  // of one that was; also a revoked one
  kBad,      // does not fit the commit
};

struct Signature {
  SignatureState state = SignatureState::kUnsigned;
  std::string signer;  // as the key names it, with its fingerprint where nothing else is known
  std::string detail;  // of a refusal: one sentence without the commit
};
std::string_view SignatureStateName(SignatureState state);  // "good", "unsigned", ...

// Asks ssh-keygen(1) or gpg(1) in a private directory below `scratch`. Nothing of the caller's own
// keyrings counts. Fails where one of them is missing or a file of keys holds none.
Result<Signature> VerifySignature(const GitCommit& commit, const std::vector<SignerKeys>& keys,
                                  const std::string& scratch, std::stop_token stop);

}  // namespace opsc
