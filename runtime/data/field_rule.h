// What a field's type allows, made ready to be asked for every row.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/column/schema.h"
#include "runtime/data/reject.h"

namespace re2 {
class RE2;
}

namespace opsc {

// What is done with NaN and infinities in a file.
enum class NotFinite : uint8_t {
  kRefuse,
  kNull,  // they are nulls
  kKeep,
};

// Bounds, values and pattern of one field. Thread-safe.
class FieldRule {
 public:
  // `now_ns`: event and knowledge times later than this are refused; 0: none is.
  FieldRule(const RowField& field, NotFinite not_finite, int64_t now_ns);
  ~FieldRule();
  FieldRule(FieldRule&&) noexcept;

  // What is wrong with a value of the field's type; nullopt: nothing.
  std::optional<CellError> CheckInt(int64_t value) const {
    if (value >= low_int_ && value <= high_int_ && ints_.empty()) [[likely]]
      return std::nullopt;
    return ExplainInt(value);
  }
  std::optional<CellError> CheckFloat(double value) const {
    if (value >= low_float_ && value <= high_float_ && floats_.empty()) [[likely]] {
      return std::nullopt;
    }
    return ExplainFloat(value);
  }
  std::optional<CellError> CheckText(std::string_view text) const;  // REQUIRES: UTF-8
  std::optional<CellError> CheckBool(bool value) const;
  bool HasTextRule() const;

  // Errors that are told alike everywhere.
  CellError Missing() const;
  CellError WrongType(std::string_view seen) const;
  CellError NotUtf8(std::string_view seen) const;
  const RowField& field() const { return field_; }
  NotFinite not_finite() const { return not_finite_; }

 private:
  std::optional<CellError> ExplainInt(int64_t value) const;
  std::optional<CellError> ExplainFloat(double value) const;
  CellError Error(RejectKind kind, std::string message) const;
  std::string Shown(int64_t value) const;

  RowField field_;
  NotFinite not_finite_;
  int64_t now_ns_;
  int64_t low_int_;
  int64_t high_int_;
  double low_float_;
  double high_float_;
  std::vector<int64_t> ints_;
  std::vector<double> floats_;
  std::vector<std::string> texts_;
  std::unique_ptr<re2::RE2> pattern_;
};

// A cell, or the name of a column of a file, as messages show it: "abc…", at most 40 characters,
// without control characters.
std::string ShownCell(std::string_view text);
std::string QuotedCell(std::string_view text);  // "`abc…`"

}  // namespace opsc
