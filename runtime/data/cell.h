// Text of a cell → a value of its column's type. Nothing is coerced: what does not spell a value of
// the type as docs/data.md lists them is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace opsc {

// Decimal, with sign; blanks around it are fine, as for all types but strings.
std::optional<int64_t> ReadInt(std::string_view text);
// Decimal or scientific; also nan, inf and infinity in any case.
std::optional<double> ReadFloat(std::string_view text);
// `0.3` or `30%`.
std::optional<double> ReadRatio(std::string_view text);
// true false t f 1 0, in any case.
std::optional<bool> ReadBool(std::string_view text);
// Nanoseconds since 1970 UTC: RFC 3339, also with a blank for the T, without seconds, without a
// zone (UTC), or the date alone (its midnight, UTC). Years 1678 to 2261.
std::optional<int64_t> ReadTime(std::string_view text);
// Nanoseconds: units of `.ops` one after another (`1h30min`, `250ms`), or `[H]HH:MM:SS[.fraction]`.
std::optional<int64_t> ReadDuration(std::string_view text);
// Bytes: a number alone, or with a unit of `.ops` (`4GiB`, `1.5MB`).
std::optional<int64_t> ReadSize(std::string_view text);

size_t CodePoints(std::string_view text);  // REQUIRES: IsUtf8(text)

}  // namespace opsc
