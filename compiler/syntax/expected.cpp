#include "compiler/syntax/expected.h"

#include <fmt/format.h>

#include <vector>

namespace opsc::syntax {
namespace {

using antlr::OpsParser;

// The token types whose name in the grammar is not what one writes.
std::string Spelled(const OpsParser& parser, size_t kind) {
  if (kind == antlr4::Token::EOF) return "the end of the file";
  if (kind == OpsParser::IDENT) return "a name";
  if (kind == OpsParser::INT) return "an integer";
  std::string literal = parser.getVocabulary().getLiteralName(kind);
  if (literal.size() < 3) return {};
  return fmt::format("`{}`", literal.substr(1, literal.size() - 2));
}

// What goes on after a complete expression or type is legion; only what ends it is worth naming.
bool OnlyContinues(size_t kind) {
  switch (kind) {
    case OpsParser::DOT:
    case OpsParser::OPT_DOT:
    case OpsParser::QUESTION:
    case OpsParser::PIPE:
    case OpsParser::LT:
    case OpsParser::LPAREN:
    case OpsParser::LBRACKET:
    case OpsParser::K_WITH:
    case OpsParser::ARROW:
    case OpsParser::FAT_ARROW:
    case OpsParser::STAR:
    case OpsParser::SLASH:
    case OpsParser::PERCENT:
    case OpsParser::PLUS:
    case OpsParser::MINUS:
    case OpsParser::RANGE:
    case OpsParser::COALESCE:
    case OpsParser::EQ:
    case OpsParser::NE:
    case OpsParser::LE:
    case OpsParser::GE:
    case OpsParser::GT:
    case OpsParser::K_IN:
    case OpsParser::K_AND:
    case OpsParser::K_OR:
      return true;
    default:
      return false;
  }
}

std::string Listed(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

// A closing bracket that was missed: what could have stood before it.
std::string BeforeCloser(OpsParser& parser, size_t closer) {
  switch (parser.getContext()->getRuleIndex()) {
    case OpsParser::RuleInstanceDecl:
      return closer == OpsParser::RBRACKET ? "`]`" : "a field (`name: value`) or `}`";
    case OpsParser::RuleRecord:
      return "a field (`name: value`) or `}`";
    case OpsParser::RuleTypeDecl:
      return "a field (`name: type`) or `}`";
    case OpsParser::RuleTypeAtom:
      return closer == OpsParser::RBRACE   ? "a field (`name: type`) or `}`"
             : closer == OpsParser::RPAREN ? "`,` or `)`"
                                           : "`]`";
    case OpsParser::RuleComponentDecl:
    case OpsParser::RuleForDecl:
    case OpsParser::RuleIfDecl:
      return "a declaration or `}`";
    case OpsParser::RuleArguments:
    case OpsParser::RuleFnDecl:
    case OpsParser::RuleTypeName:
    case OpsParser::RuleParenthesised:
      return closer == OpsParser::GT ? "`,` or `>`" : "`,` or `)`";
    case OpsParser::RuleList:
      return "`,` or `]`";
    case OpsParser::RuleMatchExpr:
      return "`,` or `}`";
    default:
      return {};
  }
}

bool IsCloser(size_t kind) {
  return kind == OpsParser::RPAREN || kind == OpsParser::RBRACKET || kind == OpsParser::RBRACE ||
         kind == OpsParser::GT;
}

}  // namespace

std::string Expected(OpsParser& parser) {
  antlr4::misc::IntervalSet set = parser.getExpectedTokens();
  auto has = [&](ssize_t kind) { return set.contains(kind); };
  if (set.size() == 1) {
    auto only = static_cast<size_t>(set.getMinElement());
    std::string closer = IsCloser(only) ? BeforeCloser(parser, only) : std::string();
    return closer.empty() ? Spelled(parser, only) : closer;
  }
  if (has(OpsParser::FLOAT) && has(OpsParser::LBRACE)) return "an expression";
  if (has(OpsParser::LBRACE) && has(OpsParser::IDENT) && has(OpsParser::LBRACKET)) return "a type";
  if (has(OpsParser::K_LET) && has(OpsParser::K_COMPONENT)) return "a declaration";
  if (has(OpsParser::K_FN) && has(OpsParser::K_TYPE)) return "`fn` or `type`";
  if (has(OpsParser::IDENT) && has(OpsParser::STRING) && has(OpsParser::K_NULL)) {
    return "a field (`name: value`)";
  }
  if (has(OpsParser::IDENT) && has(OpsParser::K_TO) && !has(OpsParser::COLON)) return "a name";
  std::vector<std::string> words;
  for (ssize_t kind : set.toList()) {
    if (OnlyContinues(static_cast<size_t>(kind))) continue;
    std::string word = Spelled(parser, static_cast<size_t>(kind));
    if (!word.empty()) words.push_back(word);
  }
  constexpr size_t kReadable = 4;
  return words.empty() || words.size() > kReadable ? "something else" : Listed(words);
}

std::string Described(Kind kind, std::string_view text) {
  if (text.empty()) return "the end of the file";
  switch (kind) {
    case OpsParser::STRING:
    case OpsParser::RAW:
    case OpsParser::QUOTE:
    case OpsParser::BLOCK_QUOTE:
      return "a string";
    default:
      break;
  }
  bool is_keyword = kind >= OpsParser::K_AND && kind <= OpsParser::K_WITH;
  return fmt::format("{}`{}`", is_keyword ? "the keyword " : "", text);
}

}  // namespace opsc::syntax
