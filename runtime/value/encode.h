// The canonical encoding: one byte string a value, equal for equal values whatever their record
// order, marks and origins. It is the input of every digest and the form in which state is stored.
//
//   value  := kind:u8 body
//   body   := (null) | u8 (bool) | i64 | f64 (bits, -0 as 0, one NaN) | bytes (string, bytes)
//           | u32 value*  (list) | u32 (bytes value)*  (record, sorted by name)
//           | file: bytes path, bytes producer, bytes output, 32 bytes digest
//           | files: u32 bytes*, u32 bytes*, u32 value*
//           | template: u32 bytes*, u32 value*
//           | instance: bytes address, bytes type
//           | pending: u32 bytes*
//   bytes  := u32 length, content          (integers little-endian)
//   A secret value is encoded as 0xFE and the 32-byte HMAC-SHA-256 of its encoding under the
//   project's salt: comparable, never readable.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// `secret_salt` keys the HMAC of secrets. REQUIRES: no function value inside.
std::string EncodeValue(const Value& value, std::string_view secret_salt);
// Secrets come back as a kString "(secret HEX)" marked secret: enough to compare, nothing to leak.
Result<Value> DecodeValue(std::string_view bytes);
Digest DigestOf(const Value& value, std::string_view secret_salt);

}  // namespace opsc
