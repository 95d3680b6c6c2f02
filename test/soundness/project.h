// A project in a temporary directory, and one opsc at work in it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/exec/task_runner.h"
#include "runtime/store/store.h"

namespace opsc::soundness {

// Sources and `.ops` of a test.
class Project {
 public:
  Project();
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  const std::string& root() const { return root_; }
  std::string state_dir() const { return root_ + "/.ops"; }
  std::string At(const std::string& path) const { return root_ + "/" + path; }
  void Write(const std::string& path, const std::string& content, unsigned mode = 0644) const;
  std::string Read(const std::string& path) const;
  bool Exists(const std::string& path) const;
  void MoveTo(const std::string& new_root);

 private:
  std::string base_;
  std::string root_;
};

// Collects what a run says.
class Events : public EventSink {
 public:
  void Take(const Event& event) override;
  std::string Log() const;  // the lines of all logs
  std::vector<Event> Notices() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Event> events_;
};

// A task under construction.
struct Task {
  std::string name = "build";
  std::string type = "task";
  Value run;
  std::vector<Field> fields;
  std::vector<OutDecl> outs;
  Meta meta;

  Task& Script(const std::string& text);
  Task& Program(const std::vector<Value>& words);
  Task& Inputs(const std::vector<std::string>& patterns);
  Task& Input(const Value& file);
  Task& Set(const std::string& field, Value value);
  Task& Env(const std::string& name, Value value);
  Task& Out(const std::string& name, const std::string& path);
  TaskSpec Spec() const;

 private:
  std::vector<Value> inputs_;
  std::vector<Field> env_;
};

// What happened to a task that was asked for.
struct Outcome {
  bool cached = false;
  bool ok = false;
  Value outs;
  std::string message;
  int exit_code = 0;
  std::vector<Reason> reasons;  // why it was not cached

  std::string ReasonText() const;
};

// One opsc process: it opens the store, and closes it with the object.
class Opsc {
 public:
  explicit Opsc(const Project& project, Sandbox sandbox = Sandbox::kAuto,
                std::vector<std::string> secrets = {});

  // As plan and apply do: key, look-up, restore or run.
  Outcome Make(const Task& task, std::stop_token stop = {});
  TaskRunner& runner() { return *runner_; }
  ContentStore& store() { return *store_; }
  Events events;

 private:
  std::unique_ptr<opsc::Env> env_;
  std::unique_ptr<ContentStore> store_;
  std::unique_ptr<FileDigests> digests_;
  std::unique_ptr<TaskRunner> runner_;
};

// Each of the two ways to run commands.
std::string NameOf(Sandbox sandbox);
// Lets time stamps of the past be told from those of the future.
void Settle();

}  // namespace opsc::soundness
