// Functions as text and back: the form in which kernels stand in graphs, specs and artefacts.
//
//   { "kernel": 1, "input": [FIELD…], "nodes": [NODE…], "windows": [WINDOW…], "outputs": [OUTPUT…]
//   } FIELD  := { "name", "type", "nullable"? }          as in a row schema NODE   :=
//   ["column"|"present"|"window"|"window.present", TYPE, index]
//           | ["constant", TYPE, value]                floats: 16 hex digits, the bits
//           | [OPERATION, operand…]                    numbers of nodes before it
//           | [OPERATION, operand…, guard]             where it can fail; -1: always
//   OUTPUT := { "name", "type", "nullable"?, "value": node, "present"?: node }
//   WINDOW := { "dataset", "event_time", "known_at", "side": FUNCTION, "keys": [node…],
//               "present": [node or -1…], "time": node,
//               "last"?, "aggregate", "type" }
// Equal functions give equal text.
#pragma once

#include <string>
#include <string_view>

#include "compiler/kernel/function.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"

namespace opsc::kernel {

std::string Encode(const Function& function);
// Whether a text looks like one of a function, or of a rule (rule.h): for those who show it.
bool IsEncoded(std::string_view text);
// kCorrupt where the text is no function, or one that would read what is not there.
Result<Function> Decode(std::string_view text);
// Of all that the function computes, its name apart: the part of a cache key.
Digest DigestOf(const Function& function);

}  // namespace opsc::kernel
