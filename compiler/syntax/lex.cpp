#include "compiler/syntax/lex.h"

#include <array>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "OpsLexer.h"
#include "atn/LexerChannelAction.h"
#include "atn/LexerPushModeAction.h"
#include "atn/LexerTypeAction.h"
#include "runtime/base/check.h"

namespace opsc::syntax {
namespace {

using antlr::OpsLexer;
using antlr4::atn::LexerActionType;

constexpr int16_t kUnknown = -2;  // not asked for yet
constexpr int16_t kNowhere = -1;

// What a rule of the grammar does with its match.
struct Accept {
  Kind kind = kEndOfFile;  // kEndOfFile: this state accepts nothing
  Channel channel = Channel::kProgram;
  bool skip = false;
  bool pop = false;
  int push = -1;
};

Channel ChannelOf(int number) {
  if (number == OpsLexer::DOCS) return Channel::kDoc;
  return number == OpsLexer::COMMENTS ? Channel::kComment : Channel::kProgram;
}

Accept AcceptOf(const antlr4::dfa::DFAState& state) {
  Accept accept;
  if (!state.isAcceptState) return accept;
  accept.kind = static_cast<Kind>(state.prediction);
  if (state.lexerActionExecutor == nullptr) return accept;
  for (const auto& action : state.lexerActionExecutor->getLexerActions()) {
    switch (action->getActionType()) {
      case LexerActionType::CHANNEL:
        accept.channel =
            ChannelOf(static_cast<antlr4::atn::LexerChannelAction&>(*action).getChannel());
        break;
      case LexerActionType::PUSH_MODE:
        accept.push = static_cast<antlr4::atn::LexerPushModeAction&>(*action).getMode();
        break;
      case LexerActionType::TYPE:
        accept.kind =
            static_cast<Kind>(static_cast<antlr4::atn::LexerTypeAction&>(*action).getType());
        break;
      case LexerActionType::POP_MODE:
        accept.pop = true;
        break;
      case LexerActionType::SKIP:
        accept.skip = true;
        break;
      default:
        OPS_CHECK(false, "OpsLexer.g4 uses an action that the adapter does not know");
    }
  }
  return accept;
}

// The generated lexer's automaton as flat tables, filled where the text leads. ANTLR computes each
// edge once a process; its own `match` would look it up under a lock for every byte.
class Automaton : public antlr4::atn::LexerATNSimulator {
 public:
  explicit Automaton(OpsLexer& lexer)
      : LexerATNSimulator(&lexer, lexer.getATN(),
                          lexer.getInterpreter<LexerATNSimulator>()->_decisionToDFA,
                          lexer.getInterpreter<LexerATNSimulator>()->getSharedContextCache()) {
    starts_.fill(kUnknown);
  }

  int16_t Start(size_t mode) {
    if (starts_[mode] == kUnknown) {
      std::lock_guard lock(Shared());
      _mode = mode;
      auto configs = computeStartState(nullptr, atn.modeToStartState[mode]);
      starts_[mode] = IndexOf(addDFAState(configs.release()));
    }
    return starts_[mode];
  }

  int16_t Step(size_t mode, int16_t from, uint8_t byte) {
    int16_t to = edges_[static_cast<size_t>(from)][byte];
    return to != kUnknown ? to : Explore(mode, from, byte);
  }

  const Accept& At(int16_t state) const { return accepts_[static_cast<size_t>(state)]; }

 private:
  // ANTLR's tables and caches are shared by all lexers of the process.
  static std::mutex& Shared() {
    static std::mutex mutex;
    return mutex;
  }

  int16_t Explore(size_t mode, int16_t from, uint8_t byte) {
    std::lock_guard lock(Shared());
    _mode = mode;
    antlr4::dfa::DFAState* state = states_[static_cast<size_t>(from)];
    antlr4::dfa::DFAState* target = getExistingTargetState(state, byte);
    if (target == nullptr) target = computeTargetState(nullptr, state, byte);
    int16_t to = target == ERROR.get() ? kNowhere : IndexOf(target);
    return edges_[static_cast<size_t>(from)][byte] = to;
  }

  int16_t IndexOf(antlr4::dfa::DFAState* state) {
    for (size_t i = 0; i < states_.size(); ++i) {
      if (states_[i] == state) return static_cast<int16_t>(i);
    }
    states_.push_back(state);
    edges_.emplace_back().fill(kUnknown);
    accepts_.push_back(AcceptOf(*state));
    return static_cast<int16_t>(states_.size() - 1);
  }

  std::array<int16_t, 4> starts_;  // by mode
  std::vector<antlr4::dfa::DFAState*> states_;
  std::vector<std::array<int16_t, 256>> edges_;
  std::vector<Accept> accepts_;
};

// A lexer of ANTLR's, and what was learnt of its automaton: which costs more than reading an item.
struct Tables {
  OpsLexer lexer{nullptr};
  Automaton automaton{lexer};
};

// Those that the last lexer of the thread left: they depend on no text.
std::unique_ptr<Tables>& Spare() {
  thread_local std::unique_ptr<Tables> spare;
  return spare;
}

std::unique_ptr<Tables> TakeTables() {
  return Spare() ? std::move(Spare()) : std::make_unique<Tables>();
}

// Length of the UTF-8 character that begins with this byte.
uint32_t CharacterLength(uint8_t byte) {
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

struct Lexer::State {
  explicit State(std::string_view all) : text(all) {}
  ~State() { Spare() = std::move(tables); }

  // The next match of the automaton.
  Token Match(Accept& accept) {
    uint32_t begin = position;
    int16_t state = automaton.Start(mode);
    uint32_t end = begin;
    accept = {};
    for (uint32_t i = begin; i < text.size();) {
      state = automaton.Step(mode, state, static_cast<uint8_t>(text[i]));
      if (state == kNowhere) break;
      ++i;
      const Accept& here = automaton.At(state);
      if (here.kind == kEndOfFile) continue;
      accept = here;
      end = i;
    }
    if (end == begin) {
      uint32_t length = CharacterLength(static_cast<uint8_t>(text[begin]));
      end = std::min(begin + length, static_cast<uint32_t>(text.size()));
      accept.kind = kBadCharacter;
    }
    position = end;
    Enter(accept);
    return {accept.kind, accept.channel, begin, end};
  }

  void Enter(const Accept& accept) {
    if (accept.pop && !modes.empty()) {
      mode = modes.back();
      modes.pop_back();
    }
    if (accept.push >= 0) {
      modes.push_back(static_cast<uint8_t>(mode));
      mode = static_cast<size_t>(accept.push);
    }
  }

  // Joins a block comment, nested ones included.
  Token Comment(Token open) {
    size_t outside = modes.size() - 1;
    Accept accept;
    while (modes.size() > outside) {
      if (position == text.size()) return {kBadCharacter, Channel::kProgram, open.begin, position};
      Match(accept);
    }
    return {open.kind, open.channel, open.begin, position};
  }

  std::string_view text;
  std::unique_ptr<Tables> tables = TakeTables();
  Automaton& automaton = tables->automaton;
  std::vector<uint8_t> modes;  // around the current one
  size_t mode = 0;
  uint32_t position = 0;
};

Lexer::Lexer(std::string_view text) : state_(std::make_unique<State>(text)) {}
Lexer::~Lexer() = default;

Token Lexer::Next() {
  while (state_->position < state_->text.size()) {
    Accept accept;
    Token token = state_->Match(accept);
    if (accept.skip) continue;
    return token.kind == OpsLexer::COMMENT_OPEN ? state_->Comment(token) : token;
  }
  auto end = static_cast<uint32_t>(state_->text.size());
  return {kEndOfFile, Channel::kProgram, end, end};
}

bool Lexer::in_string() const {
  return state_->mode == OpsLexer::LINE_TEXT || state_->mode == OpsLexer::BLOCK_TEXT;
}

void Lexer::Restart(uint32_t begin) {
  state_->position = begin;
  state_->modes.clear();
  state_->mode = 0;
}

}  // namespace opsc::syntax
