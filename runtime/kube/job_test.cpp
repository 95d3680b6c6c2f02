// What of a Job can be told without a cluster; the rest is in test/cluster/suite.
#include <gtest/gtest.h>

#include "runtime/kube/job_manifest.h"
#include "runtime/kube/pod_exec.h"
#include "runtime/kube/pod_log.h"
#include "runtime/kube/pod_view.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

RemoteCommand Command() {
  RemoteCommand command;
  command.address = "train[\"a/B\"]";
  command.where = Value::Record({{Symbol("kind"), Value::String("kubernetes")},
                                 {Symbol("image"), Value::String("app:1")},
                                 {Symbol("start_timeout"), Value::Duration(60'000'000'000)}});
  command.token = "token";
  command.argv = {{"sh"}, {"$(A) $$ $B"}, {"hidden", true}};
  command.env = {{"PLAIN", {"$(X)"}}, {"KEY", {"hush", true}}};
  return command;
}

TEST(LogLinesTest, PutsConnectionsTogetherWithoutGapsAndRepetition) {
  LogLines lines;
  EXPECT_EQ(lines.Take("2026-01-01T00:00:00.1Z one\n2026-01-01T00:00:00.15Z tw"), "one\n");
  lines.Broken();
  EXPECT_EQ(lines.since(), "2026-01-01T00:00:00.1Z");
  // .1 is before .15: digits that are not written are zeros.
  EXPECT_EQ(lines.Take("2026-01-01T00:00:00.1Z one\n2026-01-01T00:00:00.15Z two\n"), "two\n");
  EXPECT_EQ(lines.Take("2026-01-01T00:00:01Z no end"), "");
  EXPECT_EQ(lines.Finish(), "no end");
}

TEST(JobManifestTest, SecretsStandInTheSecretOnly) {
  const RemoteCommand command = Command();
  const JobName name = JobName::Of("state", command.address, command.token);
  const std::string job = JobText(command, name);
  EXPECT_EQ(job.find("hidden"), std::string::npos);
  EXPECT_EQ(job.find("hush"), std::string::npos);
  EXPECT_NE(job.find("$(OPSC_ARGUMENT_2)"), std::string::npos);
  const std::string secret = SecretText(command, name, "uid");
  EXPECT_NE(secret.find("aGlkZGVu"), std::string::npos);
  EXPECT_NE(secret.find("aHVzaA=="), std::string::npos);
}

TEST(JobManifestTest, DollarsAreNotExpandedByTheCluster) {
  const RemoteCommand command = Command();
  const std::string job = JobText(command, JobName::Of("state", command.address, command.token));
  EXPECT_NE(job.find("\"$$(A) $$$$ $$B\""), std::string::npos);
  EXPECT_NE(job.find("\"$$(X)\""), std::string::npos);
}

TEST(JobManifestTest, NamesFitAndTellRunsApart) {
  const JobName name = JobName::Of("state", "train[\"a/B\"]", "token");
  EXPECT_TRUE(name.name.starts_with("opsc-train-a-b-"));
  EXPECT_LE(name.name.size(), 63u);
  EXPECT_LE(name.label.size(), 63u);
  EXPECT_NE(name.name, JobName::Of("other", "train[\"a/B\"]", "token").name);
  EXPECT_NE(name.name, JobName::Of("state", "train[\"a/c\"]", "token").name);
  EXPECT_NE(name.name, JobName::Of("state", "train[\"a/B\"]", "another").name);
}

TEST(PodViewTest, SaysWhyAPodDoesNotGoOn) {
  auto pod = FromJson(R"({"metadata": {"name": "p"}, "status": {"phase": "Pending", "conditions": [
      {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]}})");
  ASSERT_TRUE(pod);
  const PodView view = ViewOf(*pod);
  EXPECT_EQ(view.waits_for, "Unschedulable: 0/1 nodes");
  EXPECT_FALSE(view.hopeless);
  EXPECT_FALSE(view.task_began);
}

TEST(PodViewTest, KnowsTheEndOfTheTaskAmongItsContainers) {
  auto pod = FromJson(R"({"metadata": {"name": "p"}, "status": {"phase": "Running",
      "initContainerStatuses": [{"name": "inputs", "state": {"terminated": {"exitCode": 0}}}],
      "containerStatuses": [
        {"name": "outputs", "state": {"running": {}}},
        {"name": "task", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}})");
  ASSERT_TRUE(pod);
  const PodView view = ViewOf(*pod);
  ASSERT_TRUE(view.ended);
  EXPECT_EQ(view.ended->exit_code, 137);
  EXPECT_EQ(view.ended->reason, "OOMKilled");
  EXPECT_TRUE(view.outputs_running);
  EXPECT_FALSE(view.inputs_running);
  EXPECT_FALSE(view.over);
}

TEST(QueryTextTest, EscapesWhatAUrlDoesNotHold) {
  EXPECT_EQ(QueryText("a b/c&d=é"), "a%20b%2Fc%26d%3D%C3%A9");
}

}  // namespace
}  // namespace opsc
