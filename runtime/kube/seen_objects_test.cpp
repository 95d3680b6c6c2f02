#include "runtime/kube/seen_objects.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

const ObjectPlace kPlace{nullptr, {"v1", "ConfigMap", "configmaps", true}, "shop", "motd"};

Observed Seen(std::string_view text) {
  Observed observed;
  observed.exists = true;
  observed.fields = Value::String(text);
  return observed;
}

SeenObjects::Clock::time_point Now() {
  return SeenObjects::Clock::now();
}

TEST(SeenObjects, KnowsWhatWasSeenUntilTheWatchTellsOtherwise) {
  SeenObjects seen;
  Digest of = Sha256("fields");
  EXPECT_FALSE(seen.IsWatched(kPlace)) << "nobody watches it";
  seen.Cover(kPlace, {"motd", "other"});
  EXPECT_FALSE(seen.IsWatched(kPlace)) << "the watch has not told all yet";
  seen.Synced(kPlace);
  EXPECT_TRUE(seen.IsWatched(kPlace));
  EXPECT_FALSE(seen.Find(kPlace, of));
  seen.Keep(kPlace, Now(), of, Seen("a"));
  ASSERT_TRUE(seen.Find(kPlace, of));
  EXPECT_EQ(seen.Find(kPlace, of)->fields, Value::String("a"));
  EXPECT_FALSE(seen.Find(kPlace, Sha256("others"))) << "of another entry";
  seen.Changed(kPlace, "other");
  EXPECT_TRUE(seen.Find(kPlace, of));
  seen.Changed(kPlace, "motd");
  EXPECT_FALSE(seen.Find(kPlace, of));
}

TEST(SeenObjects, WhatWasReadBeforeAChangeIsNotKept) {
  SeenObjects seen;
  Digest of = Sha256("fields");
  seen.Cover(kPlace, {"motd"});
  seen.Synced(kPlace);
  auto before = Now();
  seen.Changed(kPlace, "motd");
  seen.Keep(kPlace, before, of, Seen("old"));
  EXPECT_FALSE(seen.Find(kPlace, of));
}

TEST(SeenObjects, NothingIsKnownWhereTheThreadIsLost) {
  SeenObjects seen;
  Digest of = Sha256("fields");
  seen.Cover(kPlace, {"motd"});
  seen.Synced(kPlace);
  seen.Keep(kPlace, Now(), of, Seen("a"));
  seen.Lost(kPlace);
  EXPECT_FALSE(seen.Find(kPlace, of));
  EXPECT_FALSE(seen.IsWatched(kPlace));
  seen.Synced(kPlace);
  EXPECT_FALSE(seen.Find(kPlace, of)) << "something may have happened meanwhile";
  seen.End(kPlace);
  EXPECT_FALSE(seen.IsWatched(kPlace));
}

TEST(SeenObjects, WhatIsKnownStaysWhereOthersAreWatchedToo) {
  SeenObjects seen;
  Digest of = Sha256("fields");
  const ObjectPlace other{nullptr, kPlace.served, "shop", "other"};
  seen.Cover(kPlace, {"motd"});
  seen.Synced(kPlace);
  auto before = Now();
  seen.Keep(kPlace, before, of, Seen("a"));
  seen.Cover(kPlace, {"motd", "other"});
  EXPECT_TRUE(seen.Find(kPlace, of));
  ASSERT_TRUE(seen.IsWatched(other)) << "the collection has been told already";
  seen.Keep(other, before, of, Seen("old"));
  EXPECT_FALSE(seen.Find(other, of)) << "it may have changed before it was watched";
  seen.Keep(other, Now(), of, Seen("b"));
  EXPECT_TRUE(seen.Find(other, of));
  seen.Cover(kPlace, {"other"});
  EXPECT_FALSE(seen.IsWatched(kPlace));
  EXPECT_TRUE(seen.Find(other, of));
}

}  // namespace
}  // namespace opsc
