// How a Job gets its inputs, and gives its outputs: tar files through `exec`.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <thread>

#include "runtime/kube/archive.h"
#include "runtime/kube/job_run.h"
#include "runtime/kube/pod_exec.h"

namespace opsc {
namespace {

constexpr int kAttempts = 5;
constexpr auto kPause = std::chrono::milliseconds(500);
constexpr const char* kWritten = "written";

// $1: how many bytes to read. What was cut short is seen by its size.
constexpr const char* kTakeInputs = R"sh(set -e
cd /opsc
head -c "$1" > in.$$.tar
[ "$(wc -c < in.$$.tar)" -eq "$1" ]
umask 0
tar -xof in.$$.tar
rm in.$$.tar
: > go
)sh";

// Each argument: a path of the project. Prints how many bytes follow, then these. A link is given
// as what it leads to; the names of all files come along.
constexpr const char* kGiveOutputs = R"sh(set -e
cd /opsc/project
find . -type f | head -n 10000 > ../written
count=$#
while [ $count -gt 0 ]; do
  path=$1
  shift
  count=$((count - 1))
  if [ -L "$path" ]; then
    cp -RL "$path" "$path.opsc" 2> /dev/null && rm "$path" && mv "$path.opsc" "$path"
  fi
  if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "project/$path"; fi
done
tar -cf ../out.$$.tar -C /opsc written "$@"
wc -c < ../out.$$.tar
cat ../out.$$.tar
rm ../out.$$.tar
)sh";

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// What a container sends: a line with the number of bytes, then as many.
class Parcel {
 public:
  explicit Parcel(const std::string& path) : file_(path, std::ios::binary | std::ios::trunc) {}

  void Take(std::string_view bytes) {
    if (!size_) {
      const size_t newline = bytes.find('\n');
      head_ += bytes.substr(0, newline);
      if (newline == std::string_view::npos) return;
      bytes.remove_prefix(newline + 1);
      const size_t begin = std::min(head_.find_first_not_of(' '), head_.size());
      uint64_t size = 0;
      std::from_chars(head_.data() + begin, head_.data() + head_.size(), size);
      size_ = size;
    }
    taken_ += bytes.size();
    file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  // Everything has come, and stands in the file.
  bool Close() {
    file_.close();
    return file_ && size_ && *size_ > 0 && taken_ == *size_;
  }

 private:
  std::ofstream file_;
  std::string head_;
  std::optional<uint64_t> size_;
  uint64_t taken_ = 0;
};

// Files that the command wrote and that are no outputs are known by name: empty ones stand for
// them.
void MarkWritten(const std::string& results) {
  const std::string list = JoinPath(results, kWritten);
  std::ifstream names(list);
  for (std::string name; std::getline(names, name);) {
    auto path = NormalRelativePath(name);
    if (!path || path->starts_with(".ops/")) continue;
    const std::string file = JoinPath(JoinPath(results, "project"), *path);
    if (access(file.c_str(), F_OK) == 0) continue;
    for (size_t at = results.size() + 1; (at = file.find('/', at)) != std::string::npos; ++at) {
      (void)mkdir(file.substr(0, at).c_str(), 0755);
    }
    std::ofstream(file, std::ios::app).close();
  }
  (void)unlink(list.c_str());
}

}  // namespace

Status JobRun::Deliver(const std::string& pod, std::stop_token stop) {
  struct stat packed{};
  if (stat(input_file_.c_str(), &packed) != 0)
    return FailErrno("cannot read " + input_file_, errno);
  Tell(fmt::format("gets its inputs ({})", FormatSize(packed.st_size)));
  PodExec exec{home_.name_space,
               pod,
               kInputsContainer,
               {"/bin/sh", "-c", kTakeInputs, "sh", std::to_string(packed.st_size)},
               input_file_};
  auto end = ExecInPod(*home_.client, exec, stop);
  if (end && end->exit_code == 0) {
    delivered_ = true;
    return {};
  }
  const bool final = end || end.error().kind != ErrorKind::kEnvironment || stop.stop_requested();
  if (!final && ++delivery_failures_ < kAttempts) {
    std::this_thread::sleep_for(kPause);
    return {};  // tried again with what is heard of the pod next
  }
  if (!end) return std::unexpected(end.error());
  return Fail(
      ErrorKind::kEnvironment,
      fmt::format("its inputs could not be unpacked in the pod (exit code {}): {}", end->exit_code,
                  FirstLine(end->errors)),
      fmt::format("the image `{}` needs `sh`, `tar`, `head` and `wc`, or `helper` names one "
                  "that has them",
                  place_.helper));
}

Status JobRun::FetchOnce(const std::string& pod, std::stop_token stop) {
  Parcel parcel(output_file_);
  PodExec exec{home_.name_space, pod, kOutputsContainer, {"/bin/sh", "-c", kGiveOutputs, "sh"}};
  exec.argv.insert(exec.argv.end(), command_.outputs.begin(), command_.outputs.end());
  exec.output = [&](std::string_view bytes) { parcel.Take(bytes); };
  OPS_ASSIGN(const PodExecEnd end, ExecInPod(*home_.client, exec, std::move(stop)));
  if (end.exit_code != 0) {
    return Fail(ErrorKind::kInput,
                fmt::format("its outputs could not be packed in the pod (exit code {}): {}",
                            end.exit_code, FirstLine(end.errors)));
  }
  if (!parcel.Close()) return Fail(ErrorKind::kEnvironment, "its outputs came incomplete");
  return {};
}

Status JobRun::Fetch(const std::string& pod, std::stop_token stop) {
  for (int attempt = 1;; ++attempt) {
    Status fetched = FetchOnce(pod, stop);
    if (fetched) break;
    const bool again = fetched.error().kind == ErrorKind::kEnvironment && attempt < kAttempts;
    if (!again || stop.stop_requested()) return fetched;
    std::this_thread::sleep_for(kPause);
  }
  OPS_TRY(UnpackArchive(output_file_, command_.results, stop));
  MarkWritten(command_.results);
  return {};
}

}  // namespace opsc
