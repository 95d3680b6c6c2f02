// What a token is, for those that colour and complete.
#pragma once

#include "compiler/syntax/lex.h"

namespace opsc::syntax {

enum class TokenClass : uint8_t {
  kKeyword,
  kConstant,  // true, false, null
  kName,
  kNumber,
  kString,  // a whole one, or the text in one
  kRegex,
  kOpenBrace,
  kOpenParenthesis,
  kOpenBracket,
  kOpenInterpolation,
  kQuote,
  kBlockQuote,
  kEndQuote,
  kUnclosed,  // where the line of a string ends too early
  kClose,     // of a bracket
  kAt,
  kDot,
  kComma,
  kColon,
  kOperator,
  kOther,
};

TokenClass ClassOf(Kind kind);
bool IsImport(Kind kind);  // the keyword

}  // namespace opsc::syntax
