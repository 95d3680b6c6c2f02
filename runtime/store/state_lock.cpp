// The lock on a state: an open file description lock (fcntl(2), F_OFD_SETLK) on PROJECT/.ops/lock,
// which the death of its holder releases, and the holder's name in the file, for people and for
// machines that share the file but not its locks.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/store/lock_holder.h"
#include "runtime/store/posix_file.h"
#include "runtime/store/store.h"

namespace opsc {
namespace {

constexpr std::chrono::seconds kLease{120};
constexpr std::chrono::milliseconds kFirstPause{5};
constexpr std::chrono::milliseconds kLongestPause{200};
// What a killed opsc has forked holds the lock until it has noticed.
constexpr std::chrono::seconds kDying{10};

Time Now() {
  return std::chrono::system_clock::now();
}

// A lock that is held: keeps the lease fresh until it is released.
class FileLock : public StateLock {
 public:
  FileLock(Fd fd, HolderRecord record)
      : fd_(std::move(fd)),
        record_(std::move(record)),
        renewer_([this](std::stop_token stop) { RenewUntil(stop); }) {}

  ~FileLock() override {
    renewer_.request_stop();
    renewer_.join();
    (void)ftruncate(fd_.get(), 0);  // nobody holds it; closing releases the lock
  }

 private:
  void RenewUntil(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, stop, kLease / 3, [] { return false; })) {
      if (stop.stop_requested()) return;
      record_.holder.expires = Now() + kLease;
      (void)WriteHolder(fd_.get(), record_);
    }
  }

  Fd fd_;
  HolderRecord record_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread renewer_;
};

std::string LockPath(const std::string& state_dir) {
  return state_dir + "/lock";
}

// Is the open file still the one under the name? (An unlock by force puts another one there.)
bool StillNamed(int fd, const std::string& path) {
  struct stat open{};
  struct stat named{};
  return fstat(fd, &open) == 0 && stat(path.c_str(), &named) == 0 && open.st_ino == named.st_ino &&
         open.st_dev == named.st_dev;
}

// Is it the name of another machine, with a lease that still runs?
bool HeldElsewhere(const std::optional<HolderRecord>& record) {
  return record && !record->on_this_machine() && record->holder.expires > Now();
}

std::unexpected<Error> FailHeld(const std::optional<HolderRecord>& record) {
  if (!record) {
    return Fail(ErrorKind::kConflict, "the state is locked by another opsc",
                "wait for it (`--lock-timeout 10min`), or `opsc state unlock` if it is dead");
  }
  const LockHolder& holder = record->holder;
  return Fail(ErrorKind::kConflict,
              fmt::format("the state is locked by `{}` of {}@{} (pid {}) since {}", holder.command,
                          holder.user, holder.host, holder.pid, FormatTime(holder.since)),
              "wait for it (`--lock-timeout 10min`), or `opsc state unlock` if it is dead");
}

struct flock WholeFile() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// One attempt: an open file with the lock, none while another holds it, or an error.
Result<std::optional<Fd>> TryFileLock(const std::string& path) {
  while (true) {
    Fd fd = OpenFd(path, O_RDWR | O_CREAT, 0666);
    if (!fd) return FailErrno("cannot open " + path, errno);
    struct flock lock = WholeFile();
    if (fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
      if (errno == EAGAIN || errno == EACCES) return std::nullopt;
      if (errno == EINTR) continue;
      return FailErrno("cannot lock " + path, errno);
    }
    if (StillNamed(fd.get(), path)) return std::optional<Fd>(std::move(fd));
  }
}

// Takes the lock unless a process of this or another machine holds the lock.
Result<std::optional<Fd>> TryLock(const std::string& path) {
  OPS_ASSIGN(std::optional<Fd> fd, TryFileLock(path));
  if (fd && HeldElsewhere(ReadHolder(fd->get()))) return std::nullopt;
  return fd;
}

std::optional<HolderRecord> HolderAt(const std::string& path) {
  Fd fd = OpenFd(path, O_RDONLY);
  if (!fd) return std::nullopt;
  return ReadHolder(fd.get());
}

bool IsDead(const std::optional<HolderRecord>& record) {
  if (!record) return false;
  if (!record->on_this_machine()) return record->holder.expires <= Now();
  return record->same_pid_namespace() && kill(record->holder.pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

Result<std::unique_ptr<StateLock>> LockState(const std::string& state_dir,
                                             const std::string& command,
                                             std::chrono::nanoseconds timeout) {
  OPS_TRY(MakeDirectories(state_dir));
  std::string path = LockPath(state_dir);
  auto deadline = std::chrono::steady_clock::now() + timeout;
  std::chrono::nanoseconds pause = kFirstPause;
  bool dying = false;
  while (true) {
    OPS_ASSIGN(std::optional<Fd> fd, TryLock(path));
    if (fd) {
      HolderRecord record = ThisProcess(command);
      record.holder.expires = record.holder.since + kLease;
      OPS_TRY(WriteHolder(fd->get(), record));
      return std::make_unique<FileLock>(std::move(*fd), std::move(record));
    }
    std::chrono::nanoseconds left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) {
      std::optional<HolderRecord> holder = HolderAt(path);
      if (dying || !IsDead(holder)) return FailHeld(holder);
      dying = true;
      deadline = std::chrono::steady_clock::now() + kDying;
      left = kDying;
    }
    std::this_thread::sleep_for(std::min(pause, left));
    pause = std::min<std::chrono::nanoseconds>(pause * 2, kLongestPause);
  }
}

Result<std::optional<LockHolder>> ReadLockHolder(const std::string& state_dir) {
  std::string path = LockPath(state_dir);
  Fd fd = OpenFd(path, O_RDONLY);
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) return FailErrno("cannot open " + path, errno);
  struct flock lock = WholeFile();
  if (fcntl(fd.get(), F_OFD_GETLK, &lock) != 0) return FailErrno("cannot ask for " + path, errno);
  std::optional<HolderRecord> record = ReadHolder(fd.get());
  bool held = lock.l_type != F_UNLCK || HeldElsewhere(record);
  if (!held || !record) return std::nullopt;
  return record->holder;
}

Status UnlockState(const std::string& state_dir, UnlockMode mode) {
  std::string path = LockPath(state_dir);
  if (access(path.c_str(), F_OK) != 0) return {};
  OPS_ASSIGN(std::optional<Fd> fd, TryLock(path));
  if (fd) {  // free already, but for a name
    if (ftruncate(fd->get(), 0) != 0) return FailErrno("cannot write " + path, errno);
    return {};
  }
  std::optional<HolderRecord> record = HolderAt(path);
  if (mode == UnlockMode::kIfDead && !IsDead(record)) {
    auto failed = FailHeld(record);
    failed.error().hint =
        "its holder seems to be alive: end it first; `opsc state unlock --force` breaks the lock "
        "all the same, and two writers at once can damage what they manage";
    return failed;
  }
  // The lock cannot be taken from its holder, but the name can: it goes to a new file.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return FailErrno("cannot remove " + path, errno);
  }
  return {};
}

}  // namespace opsc
