// kubeconfig files as they are written: three lists of named things. Internal to runtime/kube.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc {

// The entries of some kubeconfig files, by name: records as they stand there. Of two with the same
// name the one read first counts. Relative paths are relative to `directory` of the entry.
struct Kubeconfig {
  struct Entry {
    Value fields;
    std::string directory;
  };
  std::map<std::string, Entry> clusters;
  std::map<std::string, Entry> users;
  std::map<std::string, Entry> contexts;
  std::string current_context;
};

// Adds what `text`, the content of the file `path`, says to `config`.
Status AddKubeconfig(const std::string& path, std::string_view text, Kubeconfig& config);

}  // namespace opsc
