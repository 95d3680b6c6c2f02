// Shell text with holes → a script for sh whose holes are environment variables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// A script and the variables it needs. No byte of a value is ever part of `text`.
struct ShellScript {
  std::string text;
  std::vector<std::pair<std::string, Value>> env;  // OPSC_1, OPSC_2, … in the order of the holes
};

// Puts `"${OPSC_1}"` where a hole stands bare, `${OPSC_1}` inside double quotes and in the body of
// an unquoted here-document, `'"${OPSC_1}"'` inside single quotes. A list that is a word of its own
// becomes one word an element (OPSC_1_1, OPSC_1_2, …). Follows quotes, comments, `$(…)`, `${…}`,
// `$((…))` and here-documents of the POSIX shell (IEEE Std 1003.1-2017, 2.2, 2.3, 2.7.4). Fails
// where a hole cannot be quoted: after a backslash or `$`, in backticks, in arithmetic unless it is
// an int, in a quoted here-document, and where a quote is never closed. REQUIRES: nothing pending.
Result<ShellScript> LowerTemplate(const TemplateRep& text);

// What a hole holds as text: a string or path as it is, a number, duration or size as in `.ops`, a
// secret in clear. Fails for null, records and functions, and for files (they have a path only
// where they have been put).
Result<std::string> HoleText(const Value& hole);

}  // namespace opsc
