// Records as bytes: record := "opsc.record/1\n" digest bytes
//                   digest := SHA-256(key, length of bytes: u64, bytes)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/digest.h"

namespace opsc {

std::string EncodeRecord(const Digest& key, std::string_view bytes);
// The bytes of what EncodeRecord made for this key; nothing where it is torn or another key's.
std::optional<std::string> RecordContent(const Digest& key, std::string_view record);

}  // namespace opsc
