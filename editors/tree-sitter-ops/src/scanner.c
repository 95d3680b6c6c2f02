// Words, numbers, the beginnings and texts of strings and block comments: what the compiler's lexer reads the same way
// wherever it stands, and what a look at the next token decides (a keyword before `:` is a name). It keeps no state.
#include <string.h>

#include "tree_sitter/parser.h"

// The order of `externals` in grammar.js.
enum Token {
#define KEYWORD(name) K_##name,
#include "keywords.h"
#undef KEYWORD
  IDENTIFIER,
  MEMBER_NAME,
  INTEGER,
  FLOAT,
  QUANTITY,
  RAW_STRING,
  STRING_OPEN,
  TEMPLATE_OPEN,
  BLOCK_OPEN,
  STRING_CONTENT,
  BLOCK_CONTENT,
  TYPE_CLOSE,
  BLOCK_COMMENT,
  ERROR_SENTINEL,
};

static const char *const kKeywords[] = {
#define KEYWORD(name) #name,
#include "keywords.h"
#undef KEYWORD
};
enum { KEYWORD_COUNT = sizeof kKeywords / sizeof kKeywords[0], NONE = -1, LONGEST_WORD = 15 };

static const char *const kUnits[] = {
#define UNIT(name) #name,
#include "keywords.h"
#undef UNIT
};

// A word as far as it can be a keyword or a unit.
typedef struct {
  char text[LONGEST_WORD + 1];
  unsigned length;
} Word;

static void take(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }
static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_space(int32_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
static bool ends_line(TSLexer *lexer) {
  return lexer->eof(lexer) || lexer->lookahead == '\n' || lexer->lookahead == '\r';
}

static bool accept(TSLexer *lexer, const bool *valid, int token) {
  lexer->result_symbol = (TSSymbol)token;
  return valid[token];
}

static Word take_word(TSLexer *lexer) {
  Word word = {{0}, 0};
  while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead) || lexer->lookahead == '_') {
    if (word.length < LONGEST_WORD) word.text[word.length] = (char)lexer->lookahead;
    ++word.length;
    take(lexer);
  }
  return word;
}

static int keyword_of(const Word *word) {
  if (word->length > LONGEST_WORD) return NONE;
  for (int i = 0; i < KEYWORD_COUNT; ++i) {
    if (strcmp(kKeywords[i], word->text) == 0) return i;
  }
  return NONE;
}

static bool is_unit(const Word *word) {
  if (word->length > LONGEST_WORD) return false;
  for (unsigned i = 0; i < sizeof kUnits / sizeof kUnits[0]; ++i) {
    if (strcmp(kUnits[i], word->text) == 0) return true;
  }
  return false;
}

// Behind `/*`, to the end of the comment; false where there is none.
static bool take_comment(TSLexer *lexer) {
  unsigned depth = 1;
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    take(lexer);
    if (c == '*' && lexer->lookahead == '/') {
      take(lexer);
      if (--depth == 0) return true;
    } else if (c == '/' && lexer->lookahead == '*') {
      take(lexer);
      ++depth;
    }
  }
  return false;
}

// Whether `:` is the next token; nothing that this reads becomes part of the current one.
static bool colon_follows(TSLexer *lexer) {
  for (;;) {
    while (is_space(lexer->lookahead)) take(lexer);
    if (lexer->lookahead != '/') return lexer->lookahead == ':';
    take(lexer);
    if (lexer->lookahead == '/') {
      while (!ends_line(lexer)) take(lexer);
    } else if (lexer->lookahead == '*') {
      take(lexer);
      if (!take_comment(lexer)) return false;
    } else {
      return false;
    }
  }
}

// Behind `r`: a raw string, if one closes on this line.
static bool take_raw(TSLexer *lexer) {
  take(lexer);
  while (!ends_line(lexer) && lexer->lookahead != '"') take(lexer);
  if (lexer->lookahead != '"') return false;
  take(lexer);
  lexer->mark_end(lexer);
  return true;
}

static bool scan_word(TSLexer *lexer, const bool *valid) {
  Word word = take_word(lexer);
  lexer->mark_end(lexer);
  if (word.length == 1 && word.text[0] == 'r' && lexer->lookahead == '"' && take_raw(lexer)) {
    return accept(lexer, valid, RAW_STRING);
  }
  if (valid[MEMBER_NAME] && !valid[ERROR_SENTINEL]) return accept(lexer, valid, MEMBER_NAME);
  int keyword = keyword_of(&word);
  if (keyword == NONE) return accept(lexer, valid, IDENTIFIER);
  bool is_literal = keyword == K_true || keyword == K_false || keyword == K_null;
  if (!is_literal && colon_follows(lexer)) return accept(lexer, valid, IDENTIFIER);
  return accept(lexer, valid, keyword);
}

static bool scan_number(TSLexer *lexer, const bool *valid) {
  bool is_float = false;
  while (is_digit(lexer->lookahead) || lexer->lookahead == '_') take(lexer);
  lexer->mark_end(lexer);
  if (lexer->lookahead == '.') {
    take(lexer);
    if (!is_digit(lexer->lookahead)) return accept(lexer, valid, INTEGER);
    while (is_digit(lexer->lookahead)) take(lexer);
    lexer->mark_end(lexer);
    is_float = true;
  }
  if (lexer->lookahead == '%') {
    take(lexer);
    lexer->mark_end(lexer);
    return accept(lexer, valid, QUANTITY);
  }
  if (!is_letter(lexer->lookahead)) return accept(lexer, valid, is_float ? FLOAT : INTEGER);
  Word word = take_word(lexer);
  lexer->mark_end(lexer);
  if (is_unit(&word)) return accept(lexer, valid, QUANTITY);
  if (word.text[0] != 'e' && word.text[0] != 'E') return false;
  bool is_exponent = word.length > 1;
  for (unsigned i = 1; i < word.length && i < LONGEST_WORD; ++i) is_exponent &= is_digit(word.text[i]);
  if (word.length == 1 && (lexer->lookahead == '+' || lexer->lookahead == '-')) {
    take(lexer);
    is_exponent = is_digit(lexer->lookahead);
    while (is_digit(lexer->lookahead)) take(lexer);
    lexer->mark_end(lexer);
  }
  return is_exponent && accept(lexer, valid, FLOAT);
}

// At a quote: which kind of string it opens depends on what stands before its end.
static bool scan_quote(TSLexer *lexer, const bool *valid) {
  take(lexer);
  lexer->mark_end(lexer);
  if (lexer->lookahead == '"') {
    take(lexer);
    if (lexer->lookahead != '"') return accept(lexer, valid, STRING_OPEN);
    take(lexer);
    lexer->mark_end(lexer);
    return accept(lexer, valid, BLOCK_OPEN);
  }
  while (!ends_line(lexer) && lexer->lookahead != '"') {
    int32_t c = lexer->lookahead;
    take(lexer);
    if (c == '\\' && !ends_line(lexer)) take(lexer);
    if (c == '$' && lexer->lookahead == '{') return accept(lexer, valid, TEMPLATE_OPEN);
  }
  return accept(lexer, valid, STRING_OPEN);
}

static bool scan_string_content(TSLexer *lexer, const bool *valid) {
  bool any = false;
  while (!ends_line(lexer) && lexer->lookahead != '"' && lexer->lookahead != '\\') {
    bool is_dollar = lexer->lookahead == '$';
    take(lexer);
    if (is_dollar && lexer->lookahead == '{') break;
    any = true;
    lexer->mark_end(lexer);
  }
  return any && accept(lexer, valid, STRING_CONTENT);
}

static bool scan_block_content(TSLexer *lexer, const bool *valid) {
  bool any = false;
  while (!lexer->eof(lexer) && lexer->lookahead != '\\') {
    int32_t c = lexer->lookahead;
    take(lexer);
    if (c == '$' && lexer->lookahead == '{') break;
    if (c == '"' && lexer->lookahead == '"') {
      take(lexer);
      if (lexer->lookahead == '"') break;
    }
    any = true;
    lexer->mark_end(lexer);
  }
  return any && accept(lexer, valid, BLOCK_CONTENT);
}

void *tree_sitter_ops_external_scanner_create(void) { return NULL; }
void tree_sitter_ops_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_ops_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_ops_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

bool tree_sitter_ops_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  bool recovers = valid[ERROR_SENTINEL];
  if (!recovers && valid[STRING_CONTENT]) return scan_string_content(lexer, valid);
  if (!recovers && valid[BLOCK_CONTENT]) return scan_block_content(lexer, valid);
  while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
  int32_t c = lexer->lookahead;
  if (is_letter(c) || c == '_') return scan_word(lexer, valid);
  if (is_digit(c)) return scan_number(lexer, valid);
  if (c == '"') return scan_quote(lexer, valid);
  if (c == '>' && !recovers && valid[TYPE_CLOSE]) {
    take(lexer);
    lexer->mark_end(lexer);
    return lexer->lookahead != '=' && accept(lexer, valid, TYPE_CLOSE);
  }
  if (c != '/') return false;
  take(lexer);
  if (lexer->lookahead != '*') return false;
  take(lexer);
  if (!take_comment(lexer)) return false;
  lexer->mark_end(lexer);
  return accept(lexer, valid, BLOCK_COMMENT);
}
