// One client: takes its messages, sends answers and what it should know.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "compiler/lsp/lens_run.h"
#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

class Session {
 public:
  // `send` gets one message a call, in order. `wake` asks for Idle to be called soon; from any
  // thread.
  Session(const Host& host, std::function<void(const Json&)> send, std::function<void()> wake);

  // One body as it came. Never throws: what fails is answered and logged.
  void Handle(const std::string& body);
  // Does a part of the work that waits. False: nothing is left to do.
  bool Idle();
  // The request need not be answered any more. From any thread.
  void Cancel(const Json& id);

  // Ends what was started by lenses and is running still.
  void StopRuns() { runs_.StopAll(); }

  bool has_exited() const { return exited_; }
  int exit_code() const { return shut_down_ ? 0 : 1; }

 private:
  friend struct Lifecycle;

  void Dispatch(const Json& message);
  void Request(const Json& id, const std::string& method, const Json& params);
  void Notification(const std::string& method, const Json& params);
  bool TakeCancelled(const Json& id);
  Json Initialize(const Json& params);
  void Initialized();
  void TakeSettings(const Json& settings);
  void Call(const std::string& method, Json params);  // a request of ours; its answer is ignored
  void Notify(const std::string& method, Json params);
  void Log(int type, const std::string& text);
  void ChangeFolders(const Json& event);
  Result<Json> Execute(const Json& params);
  void FinishRuns();
  void WantEvaluated(const std::string& path);  // of what was opened, saved or changed on disk
  void Evaluate();
  void FinishEvaluation(const std::string& root, const LensOutcome& outcome);
  void BeginProgress(const std::string& token, const std::string& title);
  void EndProgress(const std::string& token, const std::string& text);

  bool OpenNext();
  void ForgetTrees();
  void Publish(Program& program);
  void PublishFile(const Program& program, const ProgramFile& file);
  void ClearGone();

  Workspace w_;
  std::function<void(const Json&)> send_;
  std::function<void()> wake_;
  bool initialized_ = false;
  bool shut_down_ = false;
  bool exited_ = false;
  int next_id_ = 1;
  bool loading_ = false;               // progress of opening folders is shown
  std::vector<std::string> unopened_;  // files of the folders, in reverse
  struct Published {
    std::string items;
    int64_t version = -1;
  };
  std::map<std::string, Published> published_;  // by URI
  std::set<std::string> to_evaluate_;           // roots of programs
  std::map<std::string, uint64_t> evaluated_;   // by root: the revision that was, or is
  std::mutex mutex_;
  std::set<std::string> cancelled_;    // guarded by mutex_
  std::vector<LensOutcome> outcomes_;  // guarded by mutex_
  LensRuns runs_;                      // last: its threads use what is above
};

}  // namespace opsc::lsp
