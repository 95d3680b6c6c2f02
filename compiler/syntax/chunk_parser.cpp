#include "compiler/syntax/chunk_parser.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "compiler/syntax/expected.h"

namespace opsc::syntax {
namespace {

using antlr::OpsParser;

// The tokens of one chunk as ANTLR's stream.
class ChunkTokens final : public antlr4::TokenStream {
 public:
  void Reset(const Chunk& chunk) {
    tokens_.clear();
    tokens_.reserve(chunk.tokens.size());
    for (const Token& token : chunk.tokens) {
      tokens_.emplace_back(token, static_cast<uint32_t>(tokens_.size()));
    }
    index_ = 0;
  }

  void consume() override {
    if (index_ + 1 < tokens_.size()) ++index_;
  }
  size_t LA(ssize_t i) override {
    Kind kind = tokens_[At(i)].raw.kind;
    return kind == kEndOfFile ? EOF : kind;
  }
  antlr4::Token* LT(ssize_t k) override { return &tokens_[At(k)]; }
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  size_t index() override { return index_; }
  void seek(size_t index) override { index_ = index; }
  size_t size() override { return tokens_.size(); }
  std::string getSourceName() const override { return {}; }
  antlr4::Token* get(size_t index) const override {
    return const_cast<ParserToken*>(&tokens_[index]);
  }
  antlr4::TokenSource* getTokenSource() const override { return nullptr; }
  std::string getText(const antlr4::misc::Interval&) override { return {}; }
  std::string getText() override { return {}; }
  std::string getText(antlr4::RuleContext*) override { return {}; }
  std::string getText(antlr4::Token*, antlr4::Token*) override { return {}; }

 private:
  // ANTLR counts from 1 forward and from -1 back.
  size_t At(ssize_t k) const {
    if (k == 1) return index_;
    ssize_t at = static_cast<ssize_t>(index_) + (k > 0 ? k - 1 : k);
    return static_cast<size_t>(std::clamp<ssize_t>(at, 0, std::ssize(tokens_) - 1));
  }

  std::vector<ParserToken> tokens_{{Token{}, 0}};
  size_t index_ = 0;
};

// Gives up at the first error, after noting what was expected there.
class FirstError final : public antlr4::ANTLRErrorStrategy {
 public:
  explicit FirstError(ParseFailure& failure) : failure_(failure) {}

  void reset(antlr4::Parser*) override {}
  antlr4::Token* recoverInline(antlr4::Parser* parser) override { GiveUp(*parser); }
  void recover(antlr4::Parser* parser, std::exception_ptr) override { GiveUp(*parser); }
  void sync(antlr4::Parser*) override {}
  bool inErrorRecoveryMode(antlr4::Parser*) override { return false; }
  void reportMatch(antlr4::Parser*) override {}
  void reportError(antlr4::Parser*, const antlr4::RecognitionException&) override {}

 private:
  [[noreturn]] void GiveUp(antlr4::Parser& parser) {
    static std::mutex shared;  // ANTLR caches look-ahead sets in the grammar's automaton
    std::lock_guard lock(shared);
    failure_.token = parser.getTokenStream()->index();
    failure_.expected = Expected(static_cast<OpsParser&>(parser));
    throw antlr4::ParseCancellationException();
  }

  ParseFailure& failure_;
};

// The generated parser with a limit on open rules, so that no input overflows the stack.
class LimitedParser final : public OpsParser {
 public:
  LimitedParser(antlr4::TokenStream* tokens, size_t max_depth, ParseFailure& failure)
      : OpsParser(tokens), max_depth_(max_depth), failure_(failure) {
    setErrorHandler(std::make_shared<FirstError>(failure));
    setBuildParseTree(false);
    removeErrorListeners();
  }

  void enterRule(antlr4::ParserRuleContext* context, size_t state, size_t rule) override {
    while (!open_.empty() && open_.back() != context->parent) open_.pop_back();
    if (open_.size() >= max_depth_) {
      failure_ = {_input->index(), {}};
      throw antlr4::ParseCancellationException();
    }
    open_.push_back(context);
    OpsParser::enterRule(context, state, rule);
  }

 private:
  std::vector<antlr4::tree::ParseTree*> open_;
  size_t max_depth_;
  ParseFailure& failure_;
};

}  // namespace

struct ChunkParser::State {
  explicit State(size_t max_depth) : parser(&tokens, max_depth, failure) {}

  template <typename Context>
  Context* Run(Context* (OpsParser::*rule)()) {
    try {
      return (parser.*rule)();
    } catch (const antlr4::ParseCancellationException&) {
      return nullptr;
    }
  }

  ParseFailure failure;
  ChunkTokens tokens;
  LimitedParser parser;
};

ChunkParser::ChunkParser(size_t max_depth) : state_(std::make_unique<State>(max_depth)) {}
ChunkParser::~ChunkParser() = default;

void ChunkParser::Begin(const Chunk& chunk) {
  state_->tokens.Reset(chunk);
  state_->parser.reset();
}

bool ChunkParser::at_end() const {
  return state_->tokens.LA(1) == antlr4::Token::EOF;
}

size_t ChunkParser::position() const {
  return state_->tokens.index();
}

OpsParser::ItemContext* ChunkParser::Item() {
  return state_->Run(&OpsParser::item);
}

OpsParser::EditionContext* ChunkParser::Edition() {
  return state_->Run(&OpsParser::edition);
}

OpsParser::ExprContext* ChunkParser::WholeExpression() {
  OpsParser::ExprContext* expr = state_->Run(&OpsParser::expr);
  if (expr == nullptr || at_end()) return expr;
  state_->failure = {state_->tokens.index(), "the end of the expression"};
  return nullptr;
}

const ParseFailure& ChunkParser::failure() const {
  return state_->failure;
}

}  // namespace opsc::syntax
