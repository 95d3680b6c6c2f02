// A run that is killed at any write of the journal, then recovered and run again, ends in the same
// world and the same state as one that was never killed, and does each effect exactly once.
#include <gtest/gtest.h>

#include <random>

#include "runtime/exec/apply.h"
#include "runtime/graph/testing/world.h"
#include "runtime/plan/plan.h"

namespace opsc {
namespace {

using Power = testing::MemoryJournal::Power;

// One random program in two versions. Node i may use the nodes before it.
void Write(testing::Source& source, unsigned seed, int version) {
  std::mt19937 random(seed);
  auto one_in = [&](unsigned n) { return random() % n == 0; };
  source.Clear();
  int count = 3 + static_cast<int>(random() % 6);
  std::vector<std::string> made;
  for (int i = 0; i < count; ++i) {
    std::string address = "n" + std::to_string(i);
    bool is_task = one_in(3);
    bool only_first = one_in(5);
    bool only_second = one_in(5);
    bool changes = one_in(2);
    bool repaints = one_in(4);
    bool create_first = one_in(2);
    std::string needed = made.empty() || one_in(3) ? "" : made[random() % made.size()];
    if (version == 1 ? only_second : only_first) continue;
    testing::Instance& instance = is_task ? source.Task(address) : source.Thing(address);
    int value = changes ? version : 0;
    if (is_task) {
      instance.Set("emit", i * 10 + value);
    } else {
      instance.Set("size", i * 10 + value).Secret("key", changes ? "hunter1" : "hunter2");
      instance.Set("color", repaints && version == 2 ? "blue" : "red");
      if (repaints && create_first) {
        instance.Set("name", (address + (version == 2 ? "b" : "a")).c_str());
        instance.meta().create_first = true;
      }
    }
    bool there = !needed.empty() && source.Has(needed);
    if (there) instance.Ref("use", needed, source.IsTask(needed) ? "out" : "id");
    made.push_back(address);
  }
}

class Crash : public ::testing::TestWithParam<unsigned> {
 protected:
  // Plans and applies once; false where the power went.
  static bool Run(testing::World& world) {
    if (!RecoverOpenIntents(world.InputsFor<ApplyInputs>())) return false;
    world.graph = world.source.ToGraph();
    auto plan = MakePlan(world.InputsFor<PlanInputs>(), {});
    EXPECT_TRUE(plan) << plan.error().message;
    if (!plan) return false;
    ApplyOptions options;
    options.parallel = 2;
    auto result = Apply(*plan, world.InputsFor<ApplyInputs>(), options, {});
    if (!result) {
      EXPECT_TRUE(world.journal.lost()) << result.error().message;
      return false;
    }
    EXPECT_TRUE(result->ok());
    return true;
  }

  // All that must be equal in the end, as text.
  static std::string Fingerprint(testing::World& world) {
    std::string text;
    for (const auto& [address, entry] : world.journal.state) {
      text += address + " " + ToText(entry.fields) + ToText(entry.outs) + ToText(entry.recorded) +
              (entry.tainted ? " tainted" : "") + "\n";
      for (const std::string& needed : entry.depends_on) text += "  " + needed + "\n";
    }
    for (const auto& [name, fields] : world.things->there) text += name + ToText(fields) + "\n";
    std::vector<std::string> effects = world.things->effects;
    std::ranges::sort(effects);
    for (const std::string& effect : effects) text += effect + "\n";
    text += std::to_string(world.journal.open.size()) + " open";
    return text;
  }

  static void Begin(testing::World& world, unsigned seed) {
    Write(world.source, seed, 1);
    ASSERT_TRUE(Run(world));
    Write(world.source, seed, 2);
  }

  // Kills one run as `kill` says, then maybe some more, and goes on until one comes through.
  void Survive(const std::string& expected, const std::function<void(testing::World&)>& kill) {
    testing::World world;
    Begin(world, GetParam());
    kill(world);
    bool done = Run(world);
    for (int again = 0; !done && again < 10; ++again) {
      world.journal.Restart();
      world.things->lose_power_after = -1;
      // Sometimes it dies again, while it recovers.
      if (again < 3)
        world.journal.LosePowerAt(1 + static_cast<int>(random_() % 8), Power::kAfterWrite);
      done = Run(world);
    }
    world.journal.Restart();
    world.things->lose_power_after = -1;
    ASSERT_TRUE(Run(world));
    ASSERT_EQ(Fingerprint(world), expected) << "seed " << GetParam();
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(Crash, ConvergesFromEveryWriteAndEffect) {
  testing::World reference;
  Begin(reference, GetParam());
  int writes = reference.journal.writes();
  size_t effects = reference.things->effects.size();
  ASSERT_TRUE(Run(reference));
  writes = reference.journal.writes() - writes;
  effects = reference.things->effects.size() - effects;
  std::string expected = Fingerprint(reference);
  for (int write = 1; write <= writes; ++write) {
    for (Power power : {Power::kBeforeWrite, Power::kAfterWrite}) {
      SCOPED_TRACE("write " + std::to_string(write));
      Survive(expected, [&](testing::World& world) { world.journal.LosePowerAt(write, power); });
    }
  }
  for (size_t effect = 1; effect <= effects; ++effect) {
    SCOPED_TRACE("effect " + std::to_string(effect));
    Survive(expected, [&](testing::World& world) {
      world.things->lose_power_after = static_cast<int>(effect);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Crash, ::testing::Range(1u, 41u));

}  // namespace
}  // namespace opsc
