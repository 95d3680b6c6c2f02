#include "compiler/syntax/program_tokens.h"

#include "OpsLexer.h"

namespace opsc::syntax {
namespace {

using antlr::OpsLexer;

bool IsKeyword(Kind kind) {
  return kind >= OpsLexer::K_AND && kind <= OpsLexer::K_WITH;
}

bool IsLiteralKeyword(Kind kind) {
  return kind == OpsLexer::K_TRUE || kind == OpsLexer::K_FALSE || kind == OpsLexer::K_NULL;
}

bool OnlyNameFollows(Kind kind) {
  return kind == OpsLexer::DOT || kind == OpsLexer::OPT_DOT || kind == OpsLexer::AT;
}

}  // namespace

ProgramTokens::ProgramTokens(std::string_view text) : lexer_(text) {
  Restart(0, {});
}

void ProgramTokens::Restart(uint32_t begin, std::vector<Token> docs) {
  lexer_.Restart(begin);
  current_ = {};
  following_docs_ = std::move(docs);
  ReadFollowing();
  Advance();
}

void ProgramTokens::Advance() {
  Kind previous = current_.kind;
  current_ = following_;
  docs_.swap(following_docs_);
  following_docs_.clear();
  ReadFollowing();
  if (!IsKeyword(current_.kind)) return;
  bool is_key = following_.kind == OpsLexer::COLON && !IsLiteralKeyword(current_.kind);
  if (is_key || OnlyNameFollows(previous)) current_.kind = OpsLexer::IDENT;
}

void ProgramTokens::ReadFollowing() {
  for (;;) {
    following_ = lexer_.Next();
    if (following_.channel == Channel::kProgram) return;
    if (following_.channel == Channel::kDoc) following_docs_.push_back(following_);
  }
}

}  // namespace opsc::syntax
