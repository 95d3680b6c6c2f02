#include "compiler/syntax/token_class.h"

#include "OpsLexer.h"

namespace opsc::syntax {

using antlr::OpsLexer;

TokenClass ClassOf(Kind kind) {
  switch (kind) {
    case OpsLexer::K_TRUE:
    case OpsLexer::K_FALSE:
    case OpsLexer::K_NULL:
      return TokenClass::kConstant;
    case OpsLexer::IDENT:
      return TokenClass::kName;
    case OpsLexer::INT:
    case OpsLexer::FLOAT:
    case OpsLexer::QUANTITY:
      return TokenClass::kNumber;
    case OpsLexer::STRING:
    case OpsLexer::RAW:
    case OpsLexer::TEXT:
      return TokenClass::kString;
    case OpsLexer::REGEX:
      return TokenClass::kRegex;
    case OpsLexer::LBRACE:
      return TokenClass::kOpenBrace;
    case OpsLexer::LPAREN:
      return TokenClass::kOpenParenthesis;
    case OpsLexer::LBRACKET:
      return TokenClass::kOpenBracket;
    case OpsLexer::INTERPOLATION:
      return TokenClass::kOpenInterpolation;
    case OpsLexer::QUOTE:
      return TokenClass::kQuote;
    case OpsLexer::BLOCK_QUOTE:
      return TokenClass::kBlockQuote;
    case OpsLexer::END:
      return TokenClass::kEndQuote;
    case OpsLexer::UNCLOSED:
      return TokenClass::kUnclosed;
    case OpsLexer::RBRACE:
    case OpsLexer::RPAREN:
    case OpsLexer::RBRACKET:
      return TokenClass::kClose;
    case OpsLexer::AT:
      return TokenClass::kAt;
    case OpsLexer::DOT:
    case OpsLexer::OPT_DOT:
      return TokenClass::kDot;
    case OpsLexer::COMMA:
      return TokenClass::kComma;
    case OpsLexer::COLON:
      return TokenClass::kColon;
    default:
      break;
  }
  if (kind >= OpsLexer::K_AND && kind <= OpsLexer::K_WITH) return TokenClass::kKeyword;
  if (kind >= OpsLexer::ARROW && kind <= OpsLexer::PIPE) return TokenClass::kOperator;
  return TokenClass::kOther;
}

bool IsImport(Kind kind) {
  return kind == OpsLexer::K_IMPORT;
}

}  // namespace opsc::syntax
