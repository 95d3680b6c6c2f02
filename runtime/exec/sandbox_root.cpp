#include "runtime/exec/sandbox_root.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/env.h"

namespace opsc {
namespace {

Status WriteProc(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return FailErrno(path, errno);
  const ssize_t n = write(fd, text.data(), text.size());
  const int error = errno;
  close(fd);
  if (n != static_cast<ssize_t>(text.size())) return FailErrno(path, error);
  return {};
}

// This user and group stay what they are; nobody else exists.
Status EnterNamespaces() {
  const std::string uid = std::to_string(geteuid());
  const std::string gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) != 0) {
    return FailErrno("the kernel refuses user namespaces", errno);
  }
  OPS_TRY(WriteProc("/proc/self/setgroups", "deny"));
  OPS_TRY(WriteProc("/proc/self/uid_map", uid + " " + uid + " 1"));
  OPS_TRY(WriteProc("/proc/self/gid_map", gid + " " + gid + " 1"));
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return FailErrno("the kernel refuses mounts", errno);
  }
  return {};
}

// With parents; an existing directory is fine.
Status MakeDirectories(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT) {
    OPS_TRY(MakeDirectories(std::string(DirName(path))));
    if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  }
  return FailErrno("cannot make " + path, errno);
}

Status Mount(const char* source, const std::string& target, const char* type, unsigned long flags,
             const char* data = nullptr) {
  if (mount(source, target.c_str(), type, flags, data) == 0) return {};
  return FailErrno("cannot mount " + target, errno);
}

// Read-only and without set-user-id, with all that is mounted below (mount_setattr(2), Linux 5.12).
Status MakeReadOnly(const std::string& path, unsigned flags) {
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  if (syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), flags, &attributes, sizeof attributes) ==
      0) {
    return {};
  }
  return FailErrno("cannot make " + path + " read-only", errno);
}

Status ShowDirectory(const std::string& root, const std::string& directory) {
  struct stat s{};
  if (lstat(directory.c_str(), &s) != 0) return {};
  const std::string place = root + directory;
  OPS_TRY(MakeDirectories(std::string(DirName(place))));
  if (S_ISLNK(s.st_mode)) {
    char target[4096];
    const ssize_t n = readlink(directory.c_str(), target, sizeof target - 1);
    if (n < 0) return FailErrno("cannot read " + directory, errno);
    target[n] = '\0';
    if (symlink(target, place.c_str()) != 0 && errno != EEXIST) {
      return FailErrno("cannot link " + place, errno);
    }
    return {};
  }
  if (!S_ISDIR(s.st_mode)) return {};
  OPS_TRY(MakeDirectories(place));
  OPS_TRY(Mount(directory.c_str(), place, nullptr, MS_BIND | MS_REC));
  return MakeReadOnly(place, AT_RECURSIVE);
}

Status BuildDev(const std::string& root) {
  const std::string dev = root + "/dev";
  OPS_TRY(MakeDirectories(dev + "/pts"));
  OPS_TRY(MakeDirectories(dev + "/shm"));
  for (const char* name : {"null", "zero", "full", "random", "urandom", "tty"}) {
    const std::string host = std::string("/dev/") + name;
    const std::string place = root + host;
    const int fd = open(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return FailErrno("cannot make " + place, errno);
    close(fd);
    OPS_TRY(Mount(host.c_str(), place, nullptr, MS_BIND));
  }
  const std::pair<const char*, const char*> links[] = {{"/proc/self/fd", "/fd"},
                                                       {"/proc/self/fd/0", "/stdin"},
                                                       {"/proc/self/fd/1", "/stdout"},
                                                       {"/proc/self/fd/2", "/stderr"},
                                                       {"pts/ptmx", "/ptmx"}};
  for (const auto& [target, name] : links) {
    if (symlink(target, (dev + name).c_str()) != 0)
      return FailErrno("cannot link " + dev + name, errno);
  }
  // Pseudo-terminals are a comfort: some kernels refuse them inside.
  (void)mount("devpts", (dev + "/pts").c_str(), "devpts", MS_NOSUID | MS_NOEXEC,
              "newinstance,ptmxmode=0666,mode=620");
  return {};
}

// A command's own /tmp is mounted over what is made there before.
bool IsInTmp(const std::string& path) {
  return path.starts_with("/tmp/");
}

// Overlay options separate by ',' and ':'; a backslash takes their meaning away.
std::string EscapeLayer(const std::string& path) {
  std::string escaped;
  for (char c : path) {
    if (c == '\\' || c == ':' || c == ',') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

Status MountProject(const std::string& place, const SandboxCommand& command) {
  if (command.lower.empty()) return Mount(command.workspace.c_str(), place, nullptr, MS_BIND);
  const std::string layers = "lowerdir=" + EscapeLayer(command.lower) +
                             ",upperdir=" + EscapeLayer(command.workspace) +
                             ",workdir=" + EscapeLayer(command.work);
  // Volatile: what is written is collected at once and then thrown away, so nothing has to reach
  // the disk when the overlay is taken down.
  for (const char* more : {",userxattr,volatile", ",userxattr"}) {
    if (mount("overlay", place.c_str(), "overlay", MS_NOSUID | MS_NODEV, (layers + more).c_str()) ==
        0) {
      return {};
    }
  }
  return Fail(ErrorKind::kConflict, std::string("no overlay here: ") + std::strerror(errno));
}

// Some containers hide parts of /proc; then a new one is refused and theirs has to do.
Status MountProc(const std::string& place) {
  if (mount("proc", place.c_str(), "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr) == 0)
    return {};
  return Mount("/proc", place, nullptr, MS_BIND | MS_REC);
}

}  // namespace

Status BuildSharedRoot(const SandboxSetup& setup) {
  OPS_TRY(EnterNamespaces());
  const std::string& root = setup.root_mount;
  OPS_TRY(Mount("opsc", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m"));
  for (const std::string& directory : setup.visible) {
    if (!IsInTmp(directory)) OPS_TRY(ShowDirectory(root, directory));
  }
  for (const char* directory : {"/proc", "/tmp", "/run", "/var", "/home"}) {
    OPS_TRY(MakeDirectories(root + directory));
  }
  (void)symlink("/tmp", (root + "/var/tmp").c_str());
  OPS_TRY(BuildDev(root));
  if (!setup.own_directory.empty()) {
    OPS_TRY(MakeDirectories(root + kOwnPlace));
    OPS_TRY(Mount(setup.own_directory.c_str(), root + kOwnPlace, nullptr, MS_BIND));
    OPS_TRY(MakeReadOnly(root + kOwnPlace, 0));
  }
  if (!IsInTmp(setup.project_root)) OPS_TRY(MakeDirectories(root + setup.project_root));
  (void)sethostname("localhost", 9);
  return MakeReadOnly(root, 0);
}

Status EnterCommandRoot(const SandboxSetup& setup, const SandboxCommand& command) {
  const std::string& root = setup.root_mount;
  OPS_TRY(Mount(command.tmp.c_str(), root + "/tmp", nullptr, MS_BIND));
  OPS_TRY(Mount("shm", root + "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
  OPS_TRY(MountProc(root + "/proc"));
  for (const std::string& directory : setup.visible) {
    if (IsInTmp(directory)) OPS_TRY(ShowDirectory(root, directory));
  }
  const std::string project = root + setup.project_root;
  if (IsInTmp(setup.project_root)) OPS_TRY(MakeDirectories(project));
  OPS_TRY(MountProject(project, command));
  if (chdir(root.c_str()) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
      umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) {
    return FailErrno("cannot change the root", errno);
  }
  return {};
}

Status BringUpLoopback() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return FailErrno("cannot open a socket", errno);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int result = ioctl(fd, SIOCSIFFLAGS, &request);
  const int error = errno;
  close(fd);
  if (result != 0) return FailErrno("cannot bring the loopback interface up", error);
  return {};
}

void DropCapabilities() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2] = {};
  syscall(SYS_capset, &header, none);
}

}  // namespace opsc
