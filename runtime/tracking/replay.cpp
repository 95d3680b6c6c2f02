#include "runtime/tracking/replay.h"

#include <algorithm>
#include <map>
#include <set>

namespace opsc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How much time is left for servers that do not answer.
struct Patience {
  milliseconds left;
};

// A transport whose requests end when the patience does.
class PatientTransport : public TrackingTransport {
 public:
  PatientTransport(std::unique_ptr<TrackingTransport> transport, Patience& patience)
      : transport_(std::move(transport)), patience_(patience) {}

  Result<TrackingResponse> Send(const TrackingRequest& request, std::stop_token stop) override {
    constexpr size_t kMebibyte = size_t{1} << 20;
    if (patience_.left <= milliseconds(0)) {
      return Fail(ErrorKind::kEnvironment, "no time is left to wait for it");
    }
    TrackingRequest timed = request;
    timed.timeout = patience_.left + std::chrono::seconds(request.body.size() / kMebibyte);
    const auto began = Clock::now();
    auto response = transport_->Send(timed, std::move(stop));
    if (!response) {
      patience_.left -= std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    }
    return response;
  }

 private:
  std::unique_ptr<TrackingTransport> transport_;
  Patience& patience_;
};

// What a replay has learnt on its way.
struct Progress {
  Patience patience;
  std::map<std::string, std::unique_ptr<TrackingTransport>> servers;  // by URL
  std::set<std::string> silent;                                       // URLs
  std::set<std::pair<std::string, std::string>> stuck;                // URL and model
  Replayed replayed;
};

Result<TrackingTransport*> ServerOf(const std::string& url, const ReplayOptions& options,
                                    Progress& progress) {
  auto& server = progress.servers[url];
  if (server == nullptr) {
    OPS_ASSIGN(auto transport, options.connect(url));
    server = std::make_unique<PatientTransport>(std::move(transport), progress.patience);
  }
  return server.get();
}

Status TellOne(const SpooledEvent& spooled, const ReplayOptions& options, Progress& progress,
               std::stop_token stop) {
  OPS_ASSIGN(TrackingTransport * server,
             ServerOf(spooled.event->model.tracking.url, options, progress));
  Mlflow mlflow(*server, std::move(stop));
  return Tell(mlflow, *spooled.event, options.files);
}

void NoteFailure(const SpooledEvent& spooled, Error error, Progress& progress) {
  const TrackedModel& model = spooled.event->model;
  if (error.kind == ErrorKind::kCancelled) return;
  const bool whole = error.kind == ErrorKind::kEnvironment || error.kind == ErrorKind::kDenied;
  if (whole) {
    progress.silent.insert(model.tracking.url);
  } else {
    progress.stuck.emplace(model.tracking.url, model.address);
  }
  progress.replayed.troubles.push_back(
      {model.tracking.url, whole ? "" : model.address, spooled.file, std::move(error)});
}

// Must it wait for what went wrong before it?
bool IsBehindTrouble(const SpooledEvent& spooled, const Progress& progress) {
  const TrackedModel& model = spooled.event->model;
  return progress.silent.contains(model.tracking.url) ||
         progress.stuck.contains({model.tracking.url, model.address});
}

}  // namespace

Result<Replayed> Replay(const ReplayOptions& options, std::stop_token stop) {
  OPS_ASSIGN(const auto spooled, ReadSpool(options.dir, *options.env));
  const auto ends = Clock::now() + options.in_all;
  Progress progress;
  progress.patience.left = options.unanswered;
  for (const SpooledEvent& one : spooled) {
    ++progress.replayed.waiting;
    if (!one.event) {
      progress.replayed.troubles.push_back({"", "", one.file, one.event.error()});
      continue;
    }
    const bool over = stop.stop_requested() || Clock::now() >= ends;
    if (over || IsBehindTrouble(one, progress)) continue;
    if (Status told = TellOne(one, options, progress, stop); !told) {
      NoteFailure(one, std::move(told).error(), progress);
      continue;
    }
    OPS_TRY(Told(options.dir, one, *options.env));
    --progress.replayed.waiting;
    ++progress.replayed.told;
  }
  return std::move(progress.replayed);
}

}  // namespace opsc
