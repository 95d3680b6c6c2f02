#include "compiler/driver/cli/name_hint.h"

#include <set>

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"

namespace opsc {
namespace {

constexpr size_t kFew = 4;

}  // namespace

std::string NameHint(std::string_view word, const std::vector<std::string>& known,
                     std::string_view otherwise) {
  std::string nearest = Nearest(word, known);
  if (!nearest.empty()) return fmt::format("did you mean `{}`?", nearest);
  std::set<std::string> names(known.begin(), known.end());
  if (names.empty() || names.size() > kFew) return std::string(otherwise);
  return fmt::format("there is `{}`; {}", fmt::join(names, "`, `"), otherwise);
}

}  // namespace opsc
