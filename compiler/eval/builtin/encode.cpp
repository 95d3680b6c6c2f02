#include <openssl/evp.h>

#include "compiler/eval/builtin/all.h"
#include "runtime/base/digest.h"
#include "runtime/value/json.h"

namespace opsc::eval::builtin {

// A secret inside makes the whole text secret, so it may stand there in clear.
Value ToJsonText(Call& call) {
  return Value::String(ToJson(call.args[0], SecretPolicy::kReveal));
}

Value Base64(Call& call) {
  std::string_view text = call.args[0].AsString();
  std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()));
  encoded.resize(static_cast<size_t>(size));
  return Value::String(encoded);
}

Value Sha256Text(Call& call) {
  return Value::String(Sha256(call.args[0].AsString()).Hex());
}

}  // namespace opsc::eval::builtin
