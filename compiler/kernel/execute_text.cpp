// Operations on text: computed once for each distinct string where only one operand varies.
#include <algorithm>

#include "compiler/kernel/block.h"
#include "compiler/kernel/scalar.h"
#include "runtime/base/check.h"

namespace opsc::kernel {
namespace {

// The operands of one row.
struct Operands {
  std::string_view text[3];
  int64_t number[3] = {};
};

// What an operation gives: a number (also bool), or text.
struct Outcome {
  bool fails = false;
  int64_t number = 0;
  std::string text;
};

Outcome OfText(std::optional<std::string> text) {
  if (!text) return {.fails = true, .text = {}};
  return {.text = *std::move(text)};
}

Outcome Apply(Op op, const Operands& a, const re2::RE2* pattern) {
  auto truth = [](bool holds) { return Outcome{.number = holds ? 1 : 0, .text = {}}; };
  switch (op) {
    case Op::kEqText:
      return truth(a.text[0] == a.text[1]);
    case Op::kLtText:
      return truth(a.text[0] < a.text[1]);
    case Op::kLeText:
      return truth(a.text[0] <= a.text[1]);
    case Op::kContains:
      return truth(a.text[0].find(a.text[1]) != std::string_view::npos);
    case Op::kStartsWith:
      return truth(a.text[0].starts_with(a.text[1]));
    case Op::kEndsWith:
      return truth(a.text[0].ends_with(a.text[1]));
    case Op::kMatches:
      if (pattern == nullptr || !pattern->ok()) return {.fails = true, .text = {}};
      return truth(RE2::FullMatch(re2::StringPiece(a.text[0].data(), a.text[0].size()), *pattern));
    case Op::kLength:
      return {.number = LengthOf(a.text[0]), .text = {}};
    case Op::kHashBucket: {
      auto bucket = HashBucket(a.text[0], a.number[1]);
      return {.fails = !bucket, .number = bucket.value_or(0), .text = {}};
    }
    case Op::kLower:
      return OfText(Lower(a.text[0]));
    case Op::kUpper:
      return OfText(Upper(a.text[0]));
    case Op::kTrim:
      return OfText(std::string(Trim(a.text[0])));
    case Op::kConcat:
      return OfText(std::string(a.text[0]).append(a.text[1]));
    case Op::kReplace:
      return OfText(Replace(a.text[0], a.text[1], a.text[2]));
    case Op::kSlice:
      return OfText(Slice(a.text[0], a.number[1], a.number[2]).transform([](std::string_view t) {
        return std::string(t);
      }));
    default:
      OPS_CHECK(false, "a text operation that the executor does not know");
      return {};
  }
}

bool IsConstant(const Block& block, NodeId id) {
  return block.function.nodes[id].op == Op::kConstant;
}

// The one operand that differs from row to row, where it is text; nullopt: there are others.
std::optional<size_t> OnlyText(const Block& block, const Node& node) {
  std::optional<size_t> only;
  for (size_t i = 0; i < InfoOf(node.op).arity(); ++i) {
    if (IsConstant(block, node.args[i])) continue;
    if (only || block.function.nodes[node.args[i]].type != Type::kText) return std::nullopt;
    only = i;
  }
  return only;
}

void ReadOperands(const Block& block, const Node& node, size_t row, Operands& out) {
  for (size_t i = 0; i < node.args.size() && !IsNone(node.args[i]); ++i) {
    NodeId arg = node.args[i];
    if (block.function.nodes[arg].type == Type::kText) {
      const Slot& slot = block.slots[static_cast<size_t>(arg)];
      out.text[i] = (*slot.texts)[block.Values<int32_t>(arg)[row]];
    } else {
      out.number[i] = block.Values<int64_t>(arg)[row];
    }
  }
}

void Store(Block& block, NodeId id, size_t row, int64_t result, void* out) {
  switch (block.function.nodes[id].type) {
    case Type::kBool:
      static_cast<uint8_t*>(out)[row] = static_cast<uint8_t>(result);
      break;
    case Type::kText:
      static_cast<int32_t*>(out)[row] = static_cast<int32_t>(result);
      break;
    default:
      static_cast<int64_t*>(out)[row] = result;
  }
}

// The outcome as it is stored: a text by its code.
int64_t Coded(Slot& slot, Type type, const Outcome& outcome) {
  if (type != Type::kText) return outcome.number;
  return slot.texts->Intern(outcome.text);
}

void NoteFailure(Block& block, NodeId id, size_t row) {
  NodeId guard = block.function.nodes[id].guard;
  bool evaluated = IsNone(guard) || block.Values<uint8_t>(guard)[row] != 0;
  if (evaluated) block.Fail(id, row);
}

void RunByCode(Block& block, NodeId id, size_t varying, void* out) {
  const Node& node = block.function.nodes[id];
  Slot& slot = block.slots[static_cast<size_t>(id)];
  const int32_t* codes = block.Values<int32_t>(node.args[varying]);
  Memo& memo = slot.memo;
  size_t known = block.slots[static_cast<size_t>(node.args[varying])].texts->size();
  if (memo.states.size() < known) {
    memo.states.resize(known, Memo::State::kNew);
    memo.results.resize(known);
  }
  for (size_t row = 0; row < block.rows; ++row) {
    auto code = static_cast<size_t>(codes[row]);
    if (memo.states[code] == Memo::State::kNew) {
      Operands operands;
      ReadOperands(block, node, row, operands);
      Outcome outcome = Apply(node.op, operands, slot.pattern.get());
      memo.states[code] = outcome.fails ? Memo::State::kFails : Memo::State::kDone;
      memo.results[code] = Coded(slot, node.type, outcome);
    }
    if (memo.states[code] == Memo::State::kFails) NoteFailure(block, id, row);
    Store(block, id, row, memo.results[code], out);
  }
}

void RunByRow(Block& block, NodeId id, void* out) {
  const Node& node = block.function.nodes[id];
  Slot& slot = block.slots[static_cast<size_t>(id)];
  for (size_t row = 0; row < block.rows; ++row) {
    Operands operands;
    ReadOperands(block, node, row, operands);
    Outcome outcome = Apply(node.op, operands, slot.pattern.get());
    if (outcome.fails) NoteFailure(block, id, row);
    Store(block, id, row, Coded(slot, node.type, outcome), out);
  }
}

void RunSelect(Block& block, NodeId id, void* out) {
  const Node& node = block.function.nodes[id];
  Slot& slot = block.slots[static_cast<size_t>(id)];
  const auto* condition = block.Values<uint8_t>(node.args[0]);
  auto* codes = static_cast<int32_t*>(out);
  for (size_t row = 0; row < block.rows; ++row) {
    NodeId from = node.args[condition[row] != 0 ? 1 : 2];
    const TextTable& texts = *block.slots[static_cast<size_t>(from)].texts;
    codes[row] = slot.texts->Intern(texts[block.Values<int32_t>(from)[row]]);
  }
}

}  // namespace

void TextTable::Take(DictionaryPtr dictionary) {
  dictionary_ = std::move(dictionary);
}

void TextTable::Clear() {
  dictionary_ = nullptr;
  codes_.clear();
  texts_.clear();
}

int32_t TextTable::Intern(std::string_view text) {
  auto known = codes_.find(text);
  if (known != codes_.end()) return known->second;
  auto code = static_cast<int32_t>(texts_.size());
  texts_.push_back(std::make_unique<std::string>(text));
  codes_.emplace(*texts_.back(), code);
  return code;
}

DictionaryPtr TextTable::ToDictionary() const {
  if (dictionary_) return dictionary_;
  DictionaryBuilder builder;
  for (const auto& text : texts_) builder.Add(*text);
  if (texts_.empty()) builder.Add("");
  return builder.Snapshot();
}

bool IsTextOperation(const Function& function, const Node& node) {
  return node.type == Type::kText || std::ranges::any_of(node.args, [&](NodeId arg) {
           return !IsNone(arg) && function.nodes[arg].type == Type::kText;
         });
}

void PrepareText(Block& block, NodeId id) {
  const Node& node = block.function.nodes[id];
  Slot& slot = block.slots[static_cast<size_t>(id)];
  if (node.op != Op::kSelectText) slot.only_text = OnlyText(block, node);
  if (node.op != Op::kMatches) return;
  const Node& pattern = block.function.nodes[node.args[1]];
  if (pattern.op != Op::kConstant) return;
  auto text = pattern.constant.AsString();
  RE2::Options quiet;
  quiet.set_log_errors(false);
  slot.pattern = std::make_unique<re2::RE2>(re2::StringPiece(text.data(), text.size()), quiet);
}

void RunText(Block& block, NodeId id, void* out) {
  const Node& node = block.function.nodes[id];
  if (node.op == Op::kSelectText) return RunSelect(block, id, out);
  const auto only = block.slots[static_cast<size_t>(id)].only_text;
  if (!only) return RunByRow(block, id, out);
  const size_t known = block.slots[static_cast<size_t>(node.args[*only])].texts->size();
  // Few rows do not repeat the strings that there are.
  block.in->rows < known ? RunByRow(block, id, out) : RunByCode(block, id, *only, out);
}

}  // namespace opsc::kernel
