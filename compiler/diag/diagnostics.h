// What the user wrote, said back: diagnostics as data, from one catalogue.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "compiler/source/source.h"

namespace opsc {

enum class Severity : uint8_t { kError, kWarning, kHint };

// One row of catalogue.def each. The number is the public code: kUnknownName = 201 is OPS0201.
enum class Diag : uint16_t {
#define DIAG(name, number, severity, text, help) name = number,
#include "compiler/diag/catalogue.def"
#undef DIAG
};

struct DiagInfo {
  Diag id;
  std::string_view name;
  Severity severity;
  std::string_view text;  // with {0}, {1}… for the arguments
  std::string_view help;  // what `opsc explain CODE` prints
};
const DiagInfo& InfoOf(Diag id);
std::span<const DiagInfo> Catalogue();
std::string CodeOf(Diag id);  // "OPS0201"

struct RelatedSpan {
  Span span;
  std::string message;
};

// A replacement the editor can apply.
struct Fix {
  Span span;
  std::string replacement;
  std::string title;
};

struct Diagnostic {
  Diag id;
  Severity severity;
  Span span;
  std::string message;
  std::vector<RelatedSpan> related;
  std::string hint;  // the way out, one line; may be empty
  std::vector<Fix> fixes;
};

// Collects diagnostics; the same code at the same span is kept once.
class Diagnostics {
 public:
  // Fills {0}… of the catalogue's text with `args`. The reference is valid until the next Add and
  // can be extended with related spans, a hint and fixes.
  Diagnostic& Add(Diag id, Span span, std::initializer_list<std::string_view> args = {});

  bool has_errors() const { return errors_ > 0; }
  size_t error_count() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }
  void SortBySource();
  void Append(const Diagnostics& other);

 private:
  std::vector<Diagnostic> all_;
  std::unordered_set<std::string> seen_;  // code, span and message of each
  Diagnostic dropped_;                    // target of a repeated Add
  size_t errors_ = 0;
};

// "did you mean": the candidate nearest to `name` (Damerau–Levenshtein ≤ max(1, length/3)), or "".
std::string Nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace opsc
