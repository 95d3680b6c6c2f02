// Every way in which a local task runner was seen to be wrong: a stale result taken for a fresh
// one, or a fresh one made again.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <utime.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "project.h"

namespace opsc::soundness {
namespace {

namespace fs = std::filesystem;

class Matrix : public testing::TestWithParam<Sandbox> {
 protected:
  Outcome Make(const Task& task) { return Opsc(project, GetParam()).Make(task); }
  void SetTime(const std::string& path, time_t seconds) {
    const utimbuf times{.actime = seconds, .modtime = seconds};
    ASSERT_EQ(utime(project.At(path).c_str(), &times), 0);
  }
  // cat a.txt > out/result.txt
  Task Copy() {
    return Task()
        .Script("mkdir out; cat a.txt > out/result.txt")
        .Inputs({"a.txt"})
        .Out("result", "out/result.txt");
  }
  static constexpr char kResult[] = ".ops/out/build/out/result.txt";

  Project project;
};

INSTANTIATE_TEST_SUITE_P(Both, Matrix, testing::Values(Sandbox::kAuto, Sandbox::kOff),
                         [](const auto& param) { return NameOf(param.param); });

TEST_P(Matrix, RunsOnceThenIsCached) {
  project.Write("a.txt", "one");
  Outcome first = Make(Copy());
  ASSERT_TRUE(first.ok) << first.message;
  EXPECT_FALSE(first.cached);
  EXPECT_EQ(first.ReasonText(), PrintReason({ReasonKind::kNeverRan, ""}));
  EXPECT_EQ(project.Read(kResult), "one");
  EXPECT_TRUE(Make(Copy()).cached);
  EXPECT_FALSE(project.Exists("out")) << "the project itself is never written to";
}

TEST_P(Matrix, TouchedButEqualIsCached) {
  project.Write("a.txt", "one");
  ASSERT_TRUE(Make(Copy()).ok);
  SetTime("a.txt", 2'000'000'000);
  EXPECT_TRUE(Make(Copy()).cached);
}

TEST_P(Matrix, ChangedUnderAnOlderTimeRuns) {
  project.Write("a.txt", "one");
  ASSERT_TRUE(Make(Copy()).ok);
  Settle();
  project.Write("a.txt", "two");
  SetTime("a.txt", 1'000'000'000);
  const Outcome again = Make(Copy());
  EXPECT_FALSE(again.cached);
  EXPECT_EQ(again.ReasonText(), PrintReason({ReasonKind::kInputChanged, "a.txt"}));
  EXPECT_EQ(project.Read(kResult), "two");
}

TEST_P(Matrix, CommandEnvToolLimitAndOutputsCount) {
  project.Write("a.txt", "one");
  Task task = Copy().Env("CC", Value::String("gcc"));
  ASSERT_TRUE(Make(task).ok);
  EXPECT_EQ(Make(Copy().Env("CC", Value::String("clang"))).ReasonText(),
            PrintReason({ReasonKind::kEnvironmentChanged, "CC"}));
  Task command = Copy().Env("CC", Value::String("clang"));
  command.Script("mkdir out; cat a.txt a.txt > out/result.txt");
  EXPECT_EQ(Make(command).ReasonText(), PrintReason({ReasonKind::kCommandChanged, ""}));
  EXPECT_EQ(project.Read(kResult), "oneone");
  Task limited = command;
  limited.Set("limits", Value::Record({{Symbol("memory"), Value::Size(1 << 30)}}));
  EXPECT_EQ(Make(limited).ReasonText(), PrintReason({ReasonKind::kLimitChanged, "memory"}));
  Task renamed = limited;
  renamed.outs.clear();
  renamed.Out("other", "out/result.txt");
  EXPECT_EQ(Make(renamed).ReasonText(), PrintReason({ReasonKind::kOutputsChanged, ""}));
  EXPECT_TRUE(Make(renamed).cached);
}

TEST_P(Matrix, AChangedToolRuns) {
  const std::string bin = fs::path(project.root()).parent_path() / "bin";
  fs::create_directories(bin);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (bin + ":" + path).c_str(), 1);
  const auto install = [&](const std::string& text) {
    project.Write("../bin/speak", "#!/bin/sh\necho " + text + "\n", 0755);
  };
  Task task = Task().Script("speak > said").Out("said", "said");
  install("hello");
  const Outcome first = Make(task);
  EXPECT_TRUE(first.ok) << first.message;
  EXPECT_EQ(project.Read(".ops/out/build/said"), "hello\n");
  EXPECT_TRUE(Make(task).cached);
  Settle();
  install("howdy");
  const Outcome again = Make(task);
  EXPECT_EQ(again.ReasonText(), PrintReason({ReasonKind::kToolChanged, "speak"}));
  EXPECT_EQ(project.Read(".ops/out/build/said"), "howdy\n");
  ::setenv("PATH", path.c_str(), 1);
}

TEST_P(Matrix, InputsThatComeAndGoAreSeen) {
  project.Write("src/a.txt", "a");
  Task task = Task().Script("cat src/* > all").Inputs({"src/**"}).Out("all", "all");
  ASSERT_TRUE(Make(task).ok);
  Settle();
  project.Write("src/b.txt", "b");
  EXPECT_EQ(Make(task).ReasonText(), PrintReason({ReasonKind::kInputAdded, "src/b.txt"}));
  EXPECT_EQ(project.Read(".ops/out/build/all"), "ab");
  fs::remove(project.At("src/a.txt"));
  EXPECT_EQ(Make(task).ReasonText(), PrintReason({ReasonKind::kInputRemoved, "src/a.txt"}));
  EXPECT_EQ(project.Read(".ops/out/build/all"), "b");
}

TEST_P(Matrix, OneRunnerSeesEveryEditAtOnce) {
  Opsc opsc(project, GetParam());
  for (int i = 0; i < 20; ++i) {
    project.Write("a.txt", std::to_string(i % 10));
    project.Write("src/" + std::to_string(i), "");
    Task task = Task()
                    .Script("cat a.txt > result.txt; ls src >> result.txt")
                    .Inputs({"a.txt", "src/*"})
                    .Out("result", "result.txt");
    ASSERT_TRUE(opsc.Make(task).ok);
    const std::string result = project.Read(".ops/out/build/result.txt");
    EXPECT_EQ(result.front(), '0' + i % 10);
    EXPECT_EQ(std::ranges::count(result, '\n'), i + 1);
  }
}

TEST_P(Matrix, UndeclaredEnvironmentIsNotVisible) {
  ::setenv("OPSC_TEST_LEAK", "leaked", 1);
  Task task = Task().Script("echo \"${OPSC_TEST_LEAK-nothing}\" > seen").Out("seen", "seen");
  ASSERT_TRUE(Make(task).ok);
  EXPECT_EQ(project.Read(".ops/out/build/seen"), "nothing\n");
}

TEST_P(Matrix, AnUndeclaredInputIsNotThereAndNamed) {
  project.Write("src/main.c", "#include \"secret.h\"\nint main() {}\n");
  project.Write("src/secret.h", "");
  const Outcome relative = Make(Task().Script("cat src/secret.h").Inputs({"src/main.c"}));
  EXPECT_FALSE(relative.ok);
  EXPECT_NE(relative.message.find("`src/secret.h` exists in the project but is not an input of "
                                  "`build`: add it to `inputs`"),
            std::string::npos)
      << relative.message;
  const Outcome by_suffix = Make(Task().Script("cc -c src/main.c").Inputs({"src/main.c"}));
  EXPECT_FALSE(by_suffix.ok);
  EXPECT_NE(by_suffix.message.find("`src/secret.h` exists"), std::string::npos)
      << by_suffix.message;
}

TEST_P(Matrix, ADeletedOrChangedOutputIsRestored) {
  project.Write("a.txt", "one");
  ASSERT_TRUE(Make(Copy()).ok);
  fs::remove_all(project.At(".ops/out"));
  EXPECT_TRUE(Make(Copy()).cached);
  EXPECT_EQ(project.Read(kResult), "one");
  // Same size, same time: only the content tells.
  struct stat before{};
  ASSERT_EQ(stat(project.At(kResult).c_str(), &before), 0);
  ASSERT_EQ(chmod(project.At(kResult).c_str(), 0644), 0);
  project.Write(kResult, "0ne", 0444);
  SetTime(kResult, before.st_mtime);
  EXPECT_TRUE(Make(Copy()).cached);
  EXPECT_EQ(project.Read(kResult), "one");
  struct stat after{};
  ASSERT_EQ(stat(project.At(kResult).c_str(), &after), 0);
  EXPECT_EQ(after.st_mode & 0222, 0u) << "results are read-only";
}

TEST_P(Matrix, ALostStoreRuns) {
  project.Write("a.txt", "one");
  ASSERT_TRUE(Make(Copy()).ok);
  fs::remove_all(project.At(".ops/store"));
  const Outcome again = Make(Copy());
  EXPECT_TRUE(again.ok) << again.message;
  EXPECT_FALSE(again.cached);
}

TEST_P(Matrix, AFailedRunIsNoResult) {
  project.Write("a.txt", "one");
  Task task =
      Task().Script("echo partial > result; exit 3").Inputs({"a.txt"}).Out("result", "result");
  const Outcome first = Make(task);
  EXPECT_FALSE(first.ok);
  EXPECT_EQ(first.exit_code, 3);
  EXPECT_NE(first.message.find("exit code 3"), std::string::npos);
  EXPECT_FALSE(project.Exists(".ops/out/build/result"));
  const Outcome second = Make(task);
  EXPECT_FALSE(second.cached);
  EXPECT_EQ(second.ReasonText(), PrintReason({ReasonKind::kFailedBefore, ""}));
  task.Set("ok_codes", Value::List({Value::Int(0), Value::Int(3)}));
  EXPECT_TRUE(Make(task).ok);
}

TEST_P(Matrix, AnInputEditedWhileItRunsIsNeverRecordedWrong) {
  project.Write("a.txt", "one");
  // The command itself cannot reach the source, so a thread edits it in the middle.
  Task task = Task()
                  .Script("cat a.txt > result; sleep 0.4; cat a.txt >> result")
                  .Inputs({"a.txt"})
                  .Out("result", "result");
  std::jthread editor([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    project.Write("a.txt", "two");
  });
  const Outcome first = Make(task);
  editor.join();
  ASSERT_TRUE(first.ok) << first.message;
  EXPECT_EQ(project.Read(".ops/out/build/result"), "oneone");
  const Outcome second = Make(task);
  EXPECT_FALSE(second.cached);
  EXPECT_EQ(project.Read(".ops/out/build/result"), "twotwo");
  project.Write("a.txt", "one");
  EXPECT_TRUE(Make(task).cached);
  EXPECT_EQ(project.Read(".ops/out/build/result"), "oneone");
}

TEST_P(Matrix, AnInputEditedBetweenKeyAndRunIsKeyedAgain) {
  project.Write("a.txt", "one");
  Opsc opsc(project, GetParam());
  const TaskSpec spec = Copy().Spec();
  const auto key = opsc.runner().Key(spec);
  ASSERT_TRUE(key);
  Settle();
  project.Write("a.txt", "two");
  const auto result = opsc.runner().Run(spec, *key, opsc.events, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(project.Read(kResult), "two");
  const auto wrong = opsc.runner().Lookup(*key);
  ASSERT_TRUE(wrong);
  EXPECT_FALSE(wrong->has_value()) << "the old key has no result";
  EXPECT_TRUE(opsc.Make(Copy()).cached);
}

TEST_P(Matrix, ARenamedProjectIsCached) {
  project.Write("a.txt", "one");
  ASSERT_TRUE(Make(Copy()).ok);
  project.MoveTo("elsewhere, with: odd \\ name");
  EXPECT_TRUE(Make(Copy()).cached);
  EXPECT_EQ(project.Read(kResult), "one");
  Settle();
  project.Write("a.txt", "two");
  EXPECT_TRUE(Make(Copy()).ok);
  EXPECT_EQ(project.Read(kResult), "two");
}

TEST_P(Matrix, LinksEmptyDirectoriesModesAndOddNames) {
  project.Write("src/run.sh", "#!/bin/sh\necho ran\n", 0755);
  project.Write("src/line\nbreak", "odd");
  fs::create_symlink("run.sh", project.At("src/link"));
  fs::create_directories(project.At("src/empty"));
  Task task = Task()
                  .Script(
                      "./src/link > out.txt; test -L src/link; test -d src/empty;\n"
                      "test ! -x 'src/line\nbreak'; mkdir -p tree/empty; cp -P src/link tree/;\n"
                      "cp src/run.sh tree/; echo x > 'tree/a\nb'; printf '%s' \"$(ls src | wc "
                      "-l)\" >> out.txt")
                  .Inputs({"src/**"})
                  .Out("text", "out.txt")
                  .Out("tree", "tree");
  const Outcome first = Make(task);
  ASSERT_TRUE(first.ok) << first.message;
  EXPECT_EQ(project.Read(".ops/out/build/out.txt"), "ran\n5");
  const std::string tree = project.At(".ops/out/build/tree");
  const auto check = [&] {
    EXPECT_TRUE(fs::is_directory(tree + "/empty"));
    EXPECT_TRUE(fs::is_symlink(tree + "/link"));
    EXPECT_TRUE(fs::exists(tree + "/a\nb"));
    struct stat s{};
    ASSERT_EQ(stat((tree + "/run.sh").c_str(), &s), 0);
    EXPECT_NE(s.st_mode & 0100, 0u);
  };
  check();
  fs::remove_all(project.At(".ops/out"));
  EXPECT_TRUE(Make(task).cached);
  check();
  Settle();
  ASSERT_EQ(chmod(project.At("src/run.sh").c_str(), 0644), 0);
  EXPECT_EQ(Make(task).ReasonText(), PrintReason({ReasonKind::kInputChanged, "src/run.sh"}));
  ASSERT_EQ(chmod(project.At("src/run.sh").c_str(), 0755), 0);
  fs::remove(project.At("src/link"));
  fs::create_symlink("./run.sh", project.At("src/link"));
  EXPECT_EQ(Make(task).reasons.front().detail, "src/link");
}

TEST_P(Matrix, ResultsOfTasksAreInputsByContent) {
  project.Write("a.txt", "one");
  const Outcome made = Make(Copy());
  ASSERT_TRUE(made.ok) << made.message;
  const Value file = *made.outs.Find("result");
  Task reader = Task()
                    .Program({Value::String("cp"), file, Value::String("copy.txt")})
                    .Out("copy", "copy.txt");
  reader.name = "reader[\"x\"]";
  const Outcome first = Make(reader);
  ASSERT_TRUE(first.ok) << first.message;
  EXPECT_EQ(project.Read(".ops/out/reader/x/copy.txt"), "one");
  // Tampering with what stands in .ops/out changes nothing for a task.
  ASSERT_EQ(chmod(project.At(kResult).c_str(), 0644), 0);
  project.Write(kResult, "bad");
  Task again = reader;
  again.Env("X", Value::String("1"));
  ASSERT_TRUE(Make(again).ok);
  EXPECT_EQ(project.Read(".ops/out/reader/x/copy.txt"), "one");
  // Early cutoff: another way to the same content keeps what comes after cached.
  Task other = Copy();
  other.Script("mkdir out; cat a.txt > out/result.txt; true");
  const Outcome remade = Make(other);
  EXPECT_FALSE(remade.cached);
  Task downstream =
      Task()
          .Program({Value::String("cp"), *remade.outs.Find("result"), Value::String("copy.txt")})
          .Out("copy", "copy.txt");
  downstream.name = reader.name;
  EXPECT_TRUE(Make(downstream).cached);
}

TEST_P(Matrix, ACommandCannotSpoilSourcesOrStore) {
  project.Write("a.txt", "one");
  const Outcome made = Make(Copy());
  ASSERT_TRUE(made.ok);
  Task vandal =
      Task()
          .Script(
              "chmod -R u+w . || true; echo bad > a.txt; echo bad > .ops/out/build/out/result.txt;"
              "echo ok > done")
          .Inputs({"a.txt"})
          .Input(*made.outs.Find("result"))
          .Out("done", "done");
  vandal.name = "vandal";
  const Outcome outcome = Make(vandal);
  EXPECT_TRUE(outcome.ok) << outcome.message;
  EXPECT_EQ(project.Read("a.txt"), "one");
  EXPECT_EQ(project.Read(kResult), "one");
  fs::remove_all(project.At(".ops/out"));
  EXPECT_TRUE(Make(Copy()).cached);
  EXPECT_EQ(project.Read(kResult), "one") << "the store is as it was";
}

TEST_P(Matrix, ManyInputsComeInALayerOfTheirOwn) {
  for (int i = 0; i < 150; ++i)
    project.Write("src/" + std::to_string(i), "file " + std::to_string(i));
  const Outcome made =
      Make(Copy().Script("mkdir out; echo made > out/result.txt; chmod +x out/result.txt"));
  ASSERT_FALSE(made.ok) << "a.txt is missing";
  project.Write("a.txt", "one");
  const Outcome base =
      Make(Copy().Script("mkdir out; echo 'echo made' > out/result.txt; chmod +x out/result.txt"));
  ASSERT_TRUE(base.ok) << base.message;
  Task many =
      Task()
          .Script(
              "cat src/* | wc -c > n; rm src/1; echo new > src/2; echo more >> src/3; ls src | wc "
              "-l >> n;"
              "sh .ops/out/build/out/result.txt >> n; .ops/out/build/out/result.txt >> n || true")
          .Inputs({"src/*"})
          .Input(*base.outs.Find("result"))
          .Out("n", "n");
  many.name = "many";
  const Outcome outcome = Make(many);
  ASSERT_TRUE(outcome.ok) << outcome.message;
  EXPECT_EQ(project.Read(".ops/out/many/n"), "1090\n149\nmade\nmade\n");
  EXPECT_EQ(project.Read("src/3"), "file 3");
  Task again = many;
  again.Env("X", Value::String("1"));
  Opsc opsc(project, GetParam());
  ASSERT_TRUE(opsc.Make(again).ok);
  again.Env("Y", Value::String("1"));
  ASSERT_TRUE(opsc.Make(again).ok);
  EXPECT_EQ(project.Read(".ops/out/many/n"), "1090\n149\nmade\nmade\n") << "layers stay clean";
}

TEST_P(Matrix, AWorkspaceThatIsUsedAgainIsAsGoodAsNew) {
  project.Write("in/a.txt", "a");
  project.Write("in/b.sh", "#!/bin/sh\necho b\n", 0755);
  Opsc opsc(project, GetParam());
  Task litter =
      Task()
          .Script(
              "mkdir -p x/y in/z; echo long text that stays > x/y/f; ln x/y/f x/hard; ln -s f "
              "x/soft;"
              "mkfifo x/pipe; chmod 0 x/y/f; chmod 700 in; chmod 755 in/a.txt; chmod 0 x/y;"
              "echo t > /tmp/t; echo h > \"$HOME/h\"; chmod 700 . \"$HOME\"; echo ok > ok")
          .Inputs({"in/**"})
          .Out("ok", "ok");
  Task look =
      Task()
          .Script(
              "l=$(find . -printf '%p %m %y %s\\n' | sort; ls -A \"$TMPDIR\" \"$HOME\" | wc -l);"
              "printf '%s\\n' \"$l\" > list")
          .Inputs({"in/**"})
          .Out("list", "list");
  look.name = "look";
  std::string first;
  for (int round = 0; round < 4; ++round) {
    const Outcome made = opsc.Make(litter);
    ASSERT_TRUE(made.ok) << made.message << opsc.events.Log();
    ASSERT_TRUE(opsc.Make(look).ok);
    const std::string list = project.Read(".ops/out/look/list");
    if (round == 0) first = list;
    EXPECT_EQ(list, first);
    litter.Env("AGAIN" + std::to_string(round), Value::Int(round));
    look.Env("AGAIN" + std::to_string(round), Value::Int(round));
  }
  EXPECT_NE(first.find("./in/a.txt 644 f 1\n./in/b.sh 755 f 17\n"), std::string::npos) << first;
  EXPECT_EQ(first.find("/x"), std::string::npos) << first;
}

TEST_P(Matrix, MissingOutputsProgramsAndInputsAreExplained) {
  const Outcome output =
      Make(Task().Script("mkdir -p build; echo x > build/app").Out("app", "out/app"));
  EXPECT_FALSE(output.ok);
  EXPECT_NE(output.message.find("without writing its output `app` to `out/app`"),
            std::string::npos);
  EXPECT_NE(output.message.find("it wrote `build/app`"), std::string::npos) << output.message;
  const Outcome program = Make(Task().Program({Value::String("no-such-program-x")}));
  EXPECT_NE(program.message.find("the program `no-such-program-x` was not found (looked in /"),
            std::string::npos)
      << program.message;
  const Outcome in_script = Make(Task().Script("no-such-program-y"));
  EXPECT_NE(in_script.message.find("exit code 127: the program `no-such-program-y` was not found"),
            std::string::npos)
      << in_script.message;
  project.Write("src/http.cpp", "");
  const Outcome input = Make(Task().Script("true").Inputs({"src/htpp.cpp"}));
  EXPECT_NE(input.message.find("did you mean `src/http.cpp`?"), std::string::npos) << input.message;
}

TEST_P(Matrix, AnOutputThatIsALinkOutsideIsRefused) {
  const Outcome outcome = Make(Task().Script("ln -s /etc/passwd stolen").Out("stolen", "stolen"));
  EXPECT_FALSE(outcome.ok);
  EXPECT_NE(outcome.message.find("which is not in the project"), std::string::npos);
  const Outcome inside = Make(Task().Script("echo x > real; ln -s real link").Out("link", "link"));
  EXPECT_TRUE(inside.ok) << inside.message;
  EXPECT_EQ(project.Read(".ops/out/build/link"), "x\n");
}

TEST_P(Matrix, SecretsReachTheCommandAndNothingElse) {
  const std::string secret = "hunter2-hunter2";
  Opsc opsc(project, GetParam());
  Task task = Task()
                  .Script(
                      "echo \"got $TOKEN\"; printf %s \"$TOKEN\" | base64; test \"$TOKEN\" = "
                      "hunter2-hunter2; echo done > done")
                  .Out("done", "done");
  task.Env("TOKEN", Value::String(secret).WithSecret());
  const Outcome outcome = opsc.Make(task);
  ASSERT_TRUE(outcome.ok) << outcome.message;
  EXPECT_EQ(opsc.events.Log().substr(0, 8), "got ***\n");
  EXPECT_EQ(opsc.events.Log().find("aHVudGVy"), std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(project.state_dir())) {
    if (!entry.is_regular_file()) continue;
    const std::string path = fs::relative(entry.path(), project.root());
    EXPECT_EQ(project.Read(path).find(secret), std::string::npos) << path;
  }
  EXPECT_TRUE(opsc.Make(task).cached);
  Task changed = Task().Script("true").Env("TOKEN", Value::String(secret).WithSecret());
  ASSERT_TRUE(opsc.Make(changed).ok);
  Task other = Task().Script("true").Env("TOKEN", Value::String("another-secret").WithSecret());
  EXPECT_EQ(opsc.Make(other).ReasonText(), PrintReason({ReasonKind::kEnvironmentChanged, "TOKEN"}));
}

TEST_P(Matrix, ValuesInScriptsAreNeverShellText) {
  const std::string evil = "x'; touch owned; echo \"$(touch owned)\n`touch owned`";
  TemplateRep script;
  script.texts = {"printf %s ", " > plain; printf %s \"", "\" > quoted; ls > listing"};
  script.holes = {Value::String(evil), Value::String(evil)};
  Task task = Task().Out("plain", "plain").Out("quoted", "quoted").Out("listing", "listing");
  task.run = Value::Template(std::move(script));
  const Outcome outcome = Make(task);
  ASSERT_TRUE(outcome.ok) << outcome.message;
  EXPECT_EQ(project.Read(".ops/out/build/plain"), evil);
  EXPECT_EQ(project.Read(".ops/out/build/quoted"), evil);
  EXPECT_EQ(project.Read(".ops/out/build/listing"), "listing\nplain\nquoted\n");
}

TEST_P(Matrix, ActionsRunEachTime) {
  Task action = Task().Script("echo \"$OPSC_IDEMPOTENCY_KEY\" > said").Out("said", "said");
  action.type = "action";
  ASSERT_TRUE(Make(action).ok);
  EXPECT_EQ(project.Read(".ops/out/build/said"), "token-1\n");
  const Outcome again = Make(action);
  EXPECT_TRUE(again.ok);
  EXPECT_FALSE(again.cached);
}

TEST_P(Matrix, RunsInItsDirectory) {
  project.Write("sub/a.txt", "one");
  Task task = Task().Script("cat a.txt > out.txt").Inputs({"sub/a.txt"}).Out("out", "out.txt");
  task.Set("dir", Value::String("sub"));
  const Outcome made = Make(task);
  ASSERT_TRUE(made.ok) << made.message;
  EXPECT_EQ(project.Read(".ops/out/build/out.txt"), "one");
  Task reader = Task()
                    .Program({Value::String("cp"), *made.outs.Find("out"), Value::String("copy")})
                    .Out("copy", "copy");
  reader.name = "reader";
  reader.Set("dir", Value::String("deep/er"));
  const Outcome read = Make(reader);
  EXPECT_TRUE(read.ok) << read.message;
}

}  // namespace
}  // namespace opsc::soundness
