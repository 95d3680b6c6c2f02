#include "compiler/driver/project/recorded_entries.h"

#include <fmt/format.h>

#include "compiler/driver/cli/name_hint.h"
#include "runtime/graph/address.h"

namespace opsc {

Result<StateEntry> FindEntry(Journal& journal, const std::string& word) {
  auto parsed = Address::Parse(word);
  std::string address = parsed ? parsed->ToText() : word;
  OPS_ASSIGN(auto entry, journal.Entry(address));
  if (entry) return *entry;
  OPS_ASSIGN(auto entries, journal.Entries());
  std::vector<std::string> known;
  for (const StateEntry& other : entries) known.push_back(other.address);
  return Fail(ErrorKind::kInput, fmt::format("nothing is recorded under `{}`", word),
              NameHint(address, known, "`opsc state list` lists what is recorded"));
}

}  // namespace opsc
