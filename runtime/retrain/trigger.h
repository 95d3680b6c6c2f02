// When a model is trained again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/column/kernel.h"
#include "runtime/data/chunk_file.h"
#include "runtime/retrain/cron.h"
#include "runtime/value/value.h"

namespace opsc {

// One thing of which the first that happens sets a training off.
struct Trigger {
  enum class Kind { kNewRows, kDrift, kCron };
  Kind kind = Kind::kNewRows;
  int64_t min_rows = 1;                // kNewRows
  std::shared_ptr<const Kernel> when;  // kDrift; shared, because triggers are copied
  std::optional<CronTimes> times;      // kCron
  std::string text;                    // as people read it: "new_data(min_rows: 1000)"
};

// Of the fields that the stdlib's `Trigger` has. kInput where a time is none.
Result<std::vector<Trigger>> TriggersFrom(const Value& list, KernelLoader& kernels);

// What a model stands on: the table that it was trained on last.
struct TrainedOn {
  std::shared_ptr<const ChunkFile> rows;
  Time at;  // when that was decided
};

// The first trigger that fires, in words ("2000 new rows"); nullopt: none does. Rows of `before`
// that are not in `after`, changed or taken back, fire whatever the triggers. `after` may be the
// same table as `before`.
Result<std::optional<std::string>> WhyRetrain(const std::vector<Trigger>& triggers,
                                              const TrainedOn& before,
                                              const std::shared_ptr<const ChunkFile>& after,
                                              Time now);
// Whether time alone has fired one.
bool IsTimeFor(const std::vector<Trigger>& triggers, Time trained, Time now);

}  // namespace opsc
