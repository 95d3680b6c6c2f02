// Every kind that the stdlib names by `@kind` is there, and every resource that it declares can be
// made true: by a kind of its name, or by what it is lowered to.
#include "compiler/driver/project/kinds.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "compiler/driver/ml/lower.h"
#include "opsc_stdlib.h"
#include "runtime/kind/kinds.h"

namespace opsc {
namespace {

TEST(AllKinds, AreThoseThatTheStdlibNames) {
  constexpr std::string_view kNote = "@kind(\"";
  std::set<std::string> named;
  for (size_t i = 0; i < kStdlibSize; ++i) {
    std::string_view text = kStdlib[i].text;
    for (size_t at = text.find(kNote); at != text.npos; at = text.find(kNote, at + 1)) {
      std::string_view rest = text.substr(at + kNote.size());
      named.emplace(rest.substr(0, rest.find('"')));
    }
  }
  KindTable kinds;
  AddKinds(kinds);
  EXPECT_TRUE(named.contains("kubernetes"));
  for (const std::string& name : named) EXPECT_NE(kinds.Find(name), nullptr) << name;
}

TEST(AllKinds, AreTheDeclaredResources) {
  KindTable kinds;
  AddKinds(kinds);
  std::set<std::string> declared;
  const std::regex declaration("(?:^|\n)extern type (\\w+)");
  for (size_t i = 0; i < kStdlibSize; ++i) {
    std::string text(kStdlib[i].text);
    if (!kStdlib[i].path.starts_with("prelude/")) continue;
    for (std::sregex_iterator found(text.begin(), text.end(), declaration), end; found != end;
         ++found) {
      declared.insert((*found)[1]);
    }
  }
  for (const std::string& type : declared) {
    if (RoleOf(type) != Role::kResource) continue;
    EXPECT_TRUE(kinds.Find(type) != nullptr || IsLowered(type)) << type;
  }
  KindTable builtin;
  AddBuiltinKinds(builtin);
  for (std::string_view name : builtin.Names()) EXPECT_TRUE(declared.contains(std::string(name)));
}

}  // namespace
}  // namespace opsc
