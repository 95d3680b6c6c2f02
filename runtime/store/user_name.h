// Who runs opsc.
#pragma once

#include <string>

namespace opsc {

// $USER, $LOGNAME, or "uid N". Asks no directory service.
std::string UserName();

}  // namespace opsc
