// Every kind that the stdlib names by `@kind` is there.
#include "compiler/driver/project/kinds.h"

#include <gtest/gtest.h>

#include <set>

#include "opsc_stdlib.h"

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

}  // namespace
}  // namespace opsc
