// What the executor has: for each node its values of the block at hand. Not for
// others: they include execute.h.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "compiler/kernel/execute.h"

namespace opsc::kernel {

inline constexpr size_t kBlockRows = 1024;

// Distinct strings that a text node has made or found, by code.
class TextTable {
 public:
  // Of a column: its dictionary's codes.
  void Take(DictionaryPtr dictionary);
  int32_t Intern(std::string_view text);
  std::string_view operator[](int32_t code) const {
    return dictionary_ ? (*dictionary_)[code]
                       : std::string_view(*texts_[static_cast<size_t>(code)]);
  }
  size_t size() const { return dictionary_ ? dictionary_->size() : texts_.size(); }
  void Clear();
  // As a column's dictionary: its strings are distinct.
  DictionaryPtr ToDictionary() const;

 private:
  DictionaryPtr dictionary_;  // of a column; then nothing is interned
  std::vector<std::unique_ptr<std::string>> texts_;
  std::unordered_map<std::string_view, int32_t> codes_;
};

// What a text operation gave for one code of its only varying operand, computed once.
struct Memo {
  enum class State : uint8_t { kNew, kDone, kFails };
  std::vector<State> states;
  std::vector<int64_t> results;  // bool, int, or a code
};

// One node of a run. `data` points to the values of the block: uint8, int64, double or int32.
struct Slot {
  const void* data = nullptr;
  std::unique_ptr<std::byte[]> own;
  TextTable* texts = nullptr;  // of text nodes
  std::unique_ptr<TextTable> own_texts;
  bool is_text_operation = false;
  std::optional<size_t> only_text;  // of text operations: the one operand that varies
  Memo memo;
  std::unique_ptr<re2::RE2> pattern;  // of kMatches
};

// The first row without a result so far.
struct Failure {
  size_t row = SIZE_MAX;
  NodeId node = kNone<NodeId>;
};

struct Block {
  explicit Block(const Function& of) : function(of), slots(of.nodes.size()) {}

  const Function& function;
  std::vector<Slot> slots;
  size_t room = 0;  // for so many rows the nodes have values

  // Of the run.
  const Batch* in = nullptr;
  WindowColumns windows;
  size_t begin = 0;  // first row, in the batch
  size_t rows = 0;
  Failure failure;

  template <typename T>
  const T* Values(NodeId id) const {
    return static_cast<const T*>(slots[static_cast<size_t>(id)].data);
  }
  // Remembers that the node has no result on the row of the block.
  void Fail(NodeId node, size_t row) {
    if (row < failure.row) failure = {row, node};
  }
};

size_t WidthOf(Type type);
// Nodes that are no leaves and no text operations.
void RunNumbers(Block& block, NodeId id, void* out);
// Nodes with a text operand.
void PrepareText(Block& block, NodeId id);
void RunText(Block& block, NodeId id, void* out);
bool IsTextOperation(const Function& function, const Node& node);
// What went wrong, in words: "3 / 0: division by zero".
std::string DescribeFailure(const Block& block);

}  // namespace opsc::kernel
