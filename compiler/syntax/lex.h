// Bytes → tokens, one at a time, by the generated lexer's automaton.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace opsc::syntax {

// A token type of OpsLexer.g4, or one of the two below.
using Kind = uint16_t;
inline constexpr Kind kEndOfFile = 0;
inline constexpr Kind kBadCharacter = 999;  // one character that begins no token

// Where a token belongs.
enum class Channel : uint8_t { kProgram, kComment, kDoc };

// Bytes [begin, end) of the text.
struct Token {
  Kind kind = kEndOfFile;
  Channel channel = Channel::kProgram;
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Reads the tokens of one text; white space is skipped, a block comment is one token. Never throws:
// what fits no rule is a kBadCharacter, an unclosed block comment is a kBadCharacter over all of
// it. An unmatched `}` is an RBRACE like any other.
class Lexer {
 public:
  explicit Lexer(std::string_view text);  // REQUIRES: `text` outlives the lexer, < 4 GiB
  ~Lexer();
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  Token Next();
  bool in_string() const;        // the next token is part of a string's text
  void Restart(uint32_t begin);  // reads on from there, outside of any string

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace opsc::syntax
