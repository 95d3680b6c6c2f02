#include "compiler/driver/project/recorded_entries.h"

#include <fmt/format.h>

#include "compiler/diag/diagnostics.h"
#include "runtime/graph/address.h"

namespace opsc {

Result<StateEntry> FindEntry(Journal& journal, const std::string& word) {
  auto parsed = Address::Parse(word);
  OPS_ASSIGN(auto entry, journal.Entry(parsed ? parsed->ToText() : word));
  if (entry) return *entry;
  OPS_ASSIGN(auto entries, journal.Entries());
  std::vector<std::string> known;
  for (const StateEntry& other : entries) known.push_back(other.address);
  std::string nearest = Nearest(word, known);
  return Fail(ErrorKind::kInput, fmt::format("nothing is recorded under `{}`", word),
              nearest.empty() ? "`opsc state list` lists what is recorded"
                              : fmt::format("did you mean `{}`?", nearest));
}

}  // namespace opsc
