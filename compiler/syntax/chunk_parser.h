// One chunk of tokens → parse contexts, by the generated parser. The only header that shows ANTLR:
// the builders of the Ast read its contexts.
#pragma once

#include <memory>
#include <string>

#include "OpsParser.h"
#include "compiler/syntax/chunk.h"

namespace opsc::syntax {

// A token as the generated parser wants it.
class ParserToken final : public antlr4::Token {
 public:
  ParserToken(syntax::Token token, uint32_t index) : raw(token), index_(index) {}

  syntax::Token raw;

  std::string getText() const override { return {}; }
  size_t getType() const override { return raw.kind == kEndOfFile ? EOF : raw.kind; }
  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() const override { return 0; }
  size_t getChannel() const override { return 0; }
  size_t getTokenIndex() const override { return index_; }
  size_t getStartIndex() const override { return raw.begin; }
  size_t getStopIndex() const override { return raw.end; }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  antlr4::CharStream* getInputStream() const override { return nullptr; }
  std::string toString() const override { return {}; }

 private:
  uint32_t index_;
};

inline const ParserToken& Raw(const antlr4::Token* token) {
  return static_cast<const ParserToken&>(*token);
}

// Where and why the parser gave up.
struct ParseFailure {
  size_t token = 0;      // index in the chunk
  std::string expected;  // "an expression"; empty: too deeply nested
};

// Rules that one bracket of the source can open: the limit on rules is that on brackets times this.
inline constexpr size_t kRulesALevel = 6;

// The generated parser, reused from chunk to chunk. Contexts live until the next Begin.
class ChunkParser {
 public:
  explicit ChunkParser(size_t max_depth);  // of open rules
  ~ChunkParser();
  ChunkParser(const ChunkParser&) = delete;
  ChunkParser& operator=(const ChunkParser&) = delete;

  void Begin(const Chunk& chunk);
  bool at_end() const;
  size_t position() const;  // index of the next token in the chunk
  // The next of the grammar's rule, or null: then `failure` says why.
  antlr::OpsParser::ItemContext* Item();
  antlr::OpsParser::EditionContext* Edition();
  antlr::OpsParser::ExprContext* WholeExpression();
  const ParseFailure& failure() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace opsc::syntax
