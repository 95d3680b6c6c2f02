// What is healed and undone, again and again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/graph/plan.h"

namespace opsc {

// The things that were healed within the last ten minutes. One that is undone in that time is
// healed at once all the same; the next times it is left alone for 1 s, 2 s, 4 s … 5 min. All other
// things are healed at once meanwhile.
class Fights {
 public:
  // Of what differs, the addresses that are to be left alone now.
  std::vector<std::string> LeftAlone(const std::vector<Drift>& drift, Time now) const;
  void NoteHealed(const std::vector<Drift>& drift, Time now);

 private:
  struct Heal {
    Time last{};
    Time not_before{};
    int undone = 0;  // times
  };
  std::map<std::string, Heal> heals_;  // by address
};

}  // namespace opsc
