#include "compiler/driver/sync/fights.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::vector<Drift> Of(const std::string& address) {
  return {{.address = address, .diff = {}, .gone = false}};
}

TEST(Fights, OnlyWhatIsUndoneIsLeftAloneForEverLonger) {
  Fights fights;
  Time now{minutes(1)};
  EXPECT_TRUE(fights.LeftAlone(Of("web"), now).empty());
  fights.NoteHealed(Of("web"), now);
  EXPECT_TRUE(fights.LeftAlone(Of("web"), now).empty()) << "it may have been by accident";
  fights.NoteHealed(Of("web"), now);
  EXPECT_EQ(fights.LeftAlone(Of("web"), now), std::vector<std::string>{"web"});
  EXPECT_TRUE(fights.LeftAlone(Of("other"), now).empty());
  now += seconds(1);
  EXPECT_TRUE(fights.LeftAlone(Of("web"), now).empty());
  fights.NoteHealed(Of("web"), now);
  EXPECT_FALSE(fights.LeftAlone(Of("web"), now + seconds(1)).empty()) << "2 s now";
  EXPECT_TRUE(fights.LeftAlone(Of("web"), now + seconds(2)).empty());
}

TEST(Fights, EndAfterTenQuietMinutes) {
  Fights fights;
  Time now{minutes(1)};
  for (int i = 0; i < 3; ++i) fights.NoteHealed(Of("web"), now);
  now += minutes(11);
  fights.NoteHealed(Of("web"), now);
  EXPECT_TRUE(fights.LeftAlone(Of("web"), now).empty());
}

}  // namespace
}  // namespace opsc
