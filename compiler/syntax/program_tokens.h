// The tokens that the grammar sees: no comments, and names where only a name can stand.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/syntax/lex.h"

namespace opsc::syntax {

// The program's tokens with one of look-ahead. A keyword after `.`, `?.` or `@`, or before `:`, is
// an IDENT (but `true`, `false` and `null` before `:`). Doc comments are kept beside the token that
// they stand before.
class ProgramTokens {
 public:
  explicit ProgramTokens(std::string_view text);

  const Token& current() const { return current_; }
  const Token& following() const { return following_; }
  const std::vector<Token>& docs() const { return docs_; }  // directly before `current`
  void Advance();
  // Reads on from a token's begin; `docs` are those before it.
  void Restart(uint32_t begin, std::vector<Token> docs);

 private:
  void ReadFollowing();

  Lexer lexer_;
  Token current_;
  Token following_;
  std::vector<Token> docs_;
  std::vector<Token> following_docs_;
};

}  // namespace opsc::syntax
