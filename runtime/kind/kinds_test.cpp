// The example of docs/kinds.md, and that every kind is declared and every declared one is there.
#include <gtest/gtest.h>

#include <set>

#include "runtime/kind/testing/world.h"

// docs/kinds.md: begin
#include <unistd.h>

#include "runtime/kind/builtin.h"
#include "runtime/kind/project_path.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

Result<std::string> PathOf(const KindContext& context, const Value& fields) {
  return ResolvePath(context, TextField(fields, "path"));
}

class LinkKind : public Kind {
 public:
  std::string_view name() const override { return "link"; }
  bool Replaces(std::string_view path) const override { return path == "path"; }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    OPS_ASSIGN(const std::string path, PathOf(context, prior.fields));
    Observed observed;
    observed.exists = context.env->Stat(path).type != FileType::kMissing;
    if (!observed.exists) return observed;
    const auto target = context.env->ReadLink(path);  // fails where it is no link
    const Value seen = Value::String(target ? *target : "(not a link)");
    observed.fields = WithField(prior.fields, "to", seen);
    observed.digest = Sha256(seen.AsString());
    return observed;
  }

  Result<Observed> Lookup(const KindContext& context, const std::string& address,
                          const Value& fields) override {
    StateEntry there;
    there.address = address;
    there.fields = fields;
    return Observe(context, there);
  }

  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const std::string path, PathOf(context, request.fields));
    OPS_TRY(MakeParents(context, path));
    const std::string beside = path + ".opsc-new";  // renamed over: never a moment without a link
    OPS_TRY(context.env->Remove(beside));
    const std::string to = TextField(request.fields, "to");
    if (symlink(to.c_str(), beside.c_str()) != 0 || rename(beside.c_str(), path.c_str()) != 0) {
      return FailErrno("cannot make the link " + path, errno);
    }
    return Applied{};
  }

  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return Create(context, request);
  }

  Status Delete(const KindContext& context, const StateEntry& prior, const std::string&) override {
    OPS_ASSIGN(const Observed observed, Observe(context, prior));
    OPS_ASSIGN(const std::string path, PathOf(context, prior.fields));
    if (observed.exists && observed.fields != prior.fields) {
      return Fail(
          ErrorKind::kConflict, "`" + path + "` is not the link that opsc made",
          "remove it by hand, or let opsc forget it: opsc state rm '" + prior.address + "'");
    }
    OPS_TRY(context.env->Remove(path));
    return RemoveMadeParents(context, path);
  }

  Result<std::optional<Applied>> Recover(const KindContext& context,
                                         const OpenIntent& intent) override {
    OPS_ASSIGN(const Observed observed, Lookup(context, intent.address, intent.fields));
    const bool done =
        intent.action == "delete" ? !observed.exists : observed.fields == intent.fields;
    if (!done) return std::nullopt;  // doing it again is safe
    return Applied{};
  }
};

}  // namespace

std::unique_ptr<Kind> MakeLinkKind() {
  return std::make_unique<LinkKind>();
}

}  // namespace opsc
// docs/kinds.md: end

namespace opsc {
namespace {

using testing::Recorded;
using testing::World;

std::string ReadAll(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// The sources: above the program, wherever it was built, or above the working directory.
std::filesystem::path Root() {
  for (std::filesystem::path path : {std::filesystem::read_symlink("/proc/self/exe").parent_path(),
                                     std::filesystem::current_path()}) {
    for (; path.has_relative_path(); path = path.parent_path()) {
      if (std::filesystem::exists(path / "docs/kinds.md")) return path;
    }
  }
  return {};
}

std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  const size_t to = text.find(end, from + begin.size());
  if (from == std::string::npos || to == std::string::npos) return "";
  return text.substr(from + begin.size(), to - from - begin.size());
}

TEST(KindsManual, ShowsTheCodeThatIsTestedHere) {
  const std::string page = ReadAll(Root() / "docs/kinds.md");
  const std::string code = ReadAll(Root() / "runtime/kind/kinds_test.cpp");
  const std::string shown = Between(page, "```cpp\n", "```");
  ASSERT_FALSE(shown.empty());
  EXPECT_EQ(shown, Between(code, "// docs/kinds.md: begin\n", "// docs/kinds.md: end"));
}

TEST(KindsManual, TheExampleWorks) {
  World world;
  world.kinds.Add(MakeLinkKind());
  Kind* kind = world.kinds.Find("link");
  ASSERT_NE(kind, nullptr);
  const Value fields = Value::Record(
      {{Symbol("path"), Value::String("a/current")}, {Symbol("to"), Value::String("v1")}});
  ASSERT_TRUE(
      kind->Create(world.context, {.address = "l", .token = "t", .fields = fields, .prior = {}}));
  const StateEntry entry = Recorded("l", "link", fields, {});
  EXPECT_EQ(kind->Observe(world.context, entry)->fields, fields);
  OpenIntent intent;
  intent.action = "create";
  intent.fields = fields;
  EXPECT_TRUE(kind->Recover(world.context, intent)->has_value());

  std::filesystem::remove(world.Path("a/current"));
  EXPECT_FALSE(kind->Observe(world.context, entry)->exists);
  world.Write("a/current", "by hand");
  EXPECT_FALSE(kind->Delete(world.context, entry, "t"));
  ASSERT_TRUE(kind->Update(world.context,
                           {.address = "l", .token = "t", .fields = fields, .prior = entry}));
  ASSERT_TRUE(kind->Delete(world.context, entry, "t"));
  EXPECT_FALSE(world.Exists("a"));
}

}  // namespace
}  // namespace opsc
