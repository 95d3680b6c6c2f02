#include "runtime/base/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <map>
#include <set>
#include <thread>

#include "runtime/base/env.h"

namespace opsc {
namespace {

constexpr uint32_t kMask = IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVE | IN_CREATE | IN_DELETE |
                           IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kSettleMs = 20;  // changes in such a time are told in one call

class InotifyWatch : public Watch {
 public:
  InotifyWatch(const std::vector<std::string>& paths, std::function<void()> changed)
      : changed_(std::move(changed)),
        inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
        end_(eventfd(0, EFD_CLOEXEC)) {
    std::map<std::string, std::set<std::string>> names;
    for (const std::string& path : paths) {
      names[std::string(DirName(path))].emplace(BaseName(path));
    }
    for (auto& [directory, below] : names) {
      int watch = inotify_add_watch(inotify_, directory.c_str(), kMask);
      if (watch >= 0) names_[watch].merge(below);
    }
    thread_ = std::thread([this] { Run(); });
  }
  ~InotifyWatch() override {
    uint64_t one = 1;
    [[maybe_unused]] ssize_t written = write(end_, &one, sizeof one);
    thread_.join();
    close(inotify_);
    close(end_);
  }

 private:
  void Run() {
    bool told = true;
    for (;;) {
      pollfd polled[2] = {{inotify_, POLLIN, 0}, {end_, POLLIN, 0}};
      int ready = poll(polled, 2, told ? -1 : kSettleMs);
      if (polled[1].revents != 0) return;
      if (ready == 0 && !told) {
        told = true;
        changed_();
      }
      if (ready > 0 && polled[0].revents != 0 && Drain()) told = false;
    }
  }

  // Reads all that waits; was something of it about one of the paths?
  bool Drain() {
    alignas(inotify_event) char buffer[16384];
    bool concerns = false;
    for (ssize_t size; (size = read(inotify_, buffer, sizeof buffer)) > 0;) {
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        concerns = Concerns(*event) || concerns;
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
    return concerns;
  }

  bool Concerns(const inotify_event& event) const {
    if ((event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) return true;
    auto names = names_.find(event.wd);
    return names != names_.end() && event.len > 0 && names->second.contains(event.name);
  }

  std::function<void()> changed_;
  int inotify_;
  int end_;
  std::map<int, std::set<std::string>> names_;  // by watch
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Watch> WatchPaths(const std::vector<std::string>& paths,
                                  std::function<void()> changed) {
  return std::make_unique<InotifyWatch>(paths, std::move(changed));
}

}  // namespace opsc
