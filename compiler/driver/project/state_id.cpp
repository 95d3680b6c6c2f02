#include "compiler/driver/project/state_id.h"

#include "runtime/base/digest.h"

namespace opsc {

std::string StateId(const Journal& journal) {
  constexpr size_t kIdLength = 16;
  return Hasher().Part("state id").Part(journal.secret_salt()).Finish().Hex().substr(0, kIdLength);
}

}  // namespace opsc
