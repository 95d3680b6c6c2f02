// opsc_watch KUBECONFIG NAMESPACE: prints what happens to the ConfigMaps there, a line an event,
// until its standard input ends. For the suite, which cuts its connections.
#include <cstdio>
#include <iostream>
#include <thread>

#include "runtime/kube/clusters.h"
#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

const char* NameOf(WatchEvent::Type type) {
  switch (type) {
    case WatchEvent::Type::kAdded:
      return "added";
    case WatchEvent::Type::kModified:
      return "modified";
    case WatchEvent::Type::kDeleted:
      return "deleted";
    case WatchEvent::Type::kSynced:
      return "synced";
    case WatchEvent::Type::kRestart:
      return "restart";
  }
  return "";
}

void Print(const WatchEvent& event) {
  std::printf("%s %s\n", NameOf(event.type), TextAt(event.object, "metadata", "name").c_str());
  std::fflush(stdout);
}

int Run(const std::string& kubeconfig, const std::string& name_space) {
  auto env = MakeRealEnv();
  Clusters clusters;
  auto cluster = clusters.Find(*env, "/", {kubeconfig, "", ""});
  if (!cluster) {
    std::fprintf(stderr, "%s\n", cluster.error().message.c_str());
    return 1;
  }
  ServedKind maps{"v1", "ConfigMap", "configmaps", true};
  ApiCall call;
  call.verb = "list";
  call.path = maps.Path(name_space);
  call.resource = maps.resource();
  call.name_space = name_space;
  std::stop_source stop;
  std::jthread ender([&] {
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    stop.request_stop();
  });
  Status watched = (*cluster)->client->Watch(call, "", Print, stop.get_token());
  if (!watched) std::fprintf(stderr, "%s\n", watched.error().message.c_str());
  ender.detach();
  return watched ? 0 : 1;
}

}  // namespace
}  // namespace opsc

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  return opsc::Run(argv[1], argv[2]);
}
