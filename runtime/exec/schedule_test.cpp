#include "runtime/exec/schedule.h"

#include <gtest/gtest.h>

namespace opsc {
namespace {

TEST(Schedule, LongestWayFirst) {
  Schedule schedule(4);
  schedule.Needs(3, 1);
  for (size_t i = 0; i < 4; ++i) schedule.SetDuration(i, 10);
  schedule.SetDuration(2, 15);
  ASSERT_TRUE(schedule.Begin());
  EXPECT_EQ(schedule.way(1), 20);
  EXPECT_EQ(schedule.Next(), 1u);
  EXPECT_EQ(schedule.Next(), 2u);
  EXPECT_EQ(schedule.Next(), 0u);
  EXPECT_EQ(schedule.Next(), std::nullopt);
  schedule.Done(1);
  EXPECT_EQ(schedule.Next(), 3u);
  for (size_t i : {0, 2, 3}) schedule.Done(i);
  EXPECT_TRUE(schedule.finished());
}

TEST(Schedule, RefusesCycles) {
  Schedule schedule(2);
  schedule.Needs(0, 1);
  schedule.Needs(1, 0);
  EXPECT_FALSE(schedule.Begin());
}

TEST(CpuQueue, GivesTheMostUrgentThatFits) {
  CpuQueue queue(4);
  queue.Push(0, 5, 3);
  queue.Push(1, 9, 2);
  queue.Push(2, 7, 2.5);
  queue.Push(3, 1, 0);
  EXPECT_EQ(queue.Pop(), 1u);
  EXPECT_EQ(queue.Pop(), 3u);  // costs nothing
  EXPECT_EQ(queue.Pop(), std::nullopt);
  queue.Release(2);
  EXPECT_EQ(queue.Pop(), 2u);
  queue.Release(2.5);
  EXPECT_EQ(queue.Pop(), 0u);
}

TEST(CpuQueue, MoreThanThereIsMeansAll) {
  CpuQueue queue(2);
  queue.Push(0, 1, 64);
  EXPECT_EQ(queue.Pop(), 0u);
  queue.Push(1, 1, 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
  queue.Release(64);
  EXPECT_EQ(queue.Pop(), 1u);
}

TEST(Lane, KeepsItsRoom) {
  Lane lane(1);
  lane.Push(4, 1);
  lane.Push(5, 2);
  EXPECT_EQ(lane.Pop(), 5u);
  EXPECT_EQ(lane.Pop(), std::nullopt);
  lane.Release();
  EXPECT_EQ(lane.Pop(), 4u);
}

}  // namespace
}  // namespace opsc
