#include "compiler/eval/builtin/all.h"
#include "runtime/base/digest.h"
#include "runtime/graph/base64.h"
#include "runtime/value/json.h"

namespace opsc::eval::builtin {

// A secret inside makes the whole text secret, so it may stand there in clear.
Value ToJsonText(Call& call) {
  return Value::String(ToJson(call.args[0], SecretPolicy::kReveal));
}

Value Base64(Call& call) {
  return Value::String(EncodeBase64(call.args[0].AsString()));
}

Value Sha256Text(Call& call) {
  return Value::String(Sha256(call.args[0].AsString()).Hex());
}

}  // namespace opsc::eval::builtin
