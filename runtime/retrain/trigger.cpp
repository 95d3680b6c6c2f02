#include "runtime/retrain/trigger.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/data/row_diff.h"
#include "runtime/retrain/learnt_rows.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

Result<Trigger> TriggerFrom(const Value& record, KernelLoader& kernels) {
  Trigger trigger;
  std::string kind = TextField(record, "kind");
  if (kind == "drift") {
    trigger.kind = Trigger::Kind::kDrift;
    const Value when = FieldOf(record, "when");
    OPS_ASSIGN(trigger.when, kernels.Load(TextField(when, "kernel")));
    trigger.text = fmt::format("drift({})", TextField(when, "text"));
  } else if (kind == "cron") {
    trigger.kind = Trigger::Kind::kCron;
    std::string expression = TextField(record, "schedule");
    OPS_ASSIGN(trigger.times, CronTimes::Parse(expression));
    trigger.text = fmt::format("cron(\"{}\")", expression);
  } else {
    trigger.min_rows = NumberField(record, "min_rows", 1);
    trigger.text = fmt::format("new_data(min_rows: {})", trigger.min_rows);
  }
  return trigger;
}

std::optional<size_t> EventTimeOf(const RowSchema& schema) {
  auto found = std::ranges::find_if(schema.fields,
                                    [](const RowField& field) { return field.roles.event_time; });
  if (found == schema.fields.end()) return std::nullopt;
  return static_cast<size_t>(found - schema.fields.begin());
}

// The rows of a table that are later than a moment; all where it has no event time.
class RowsAfter : public BatchSource {
 public:
  RowsAfter(std::shared_ptr<const ChunkFile> file, int64_t after)
      : file_(std::move(file)), time_(EventTimeOf(*file_->schema())), after_(after) {}

  const SchemaPtr& schema() const override { return file_->schema(); }
  Result<std::optional<Batch>> Next() override {
    while (at_ < file_->batch_count()) {
      OPS_ASSIGN(Batch batch, file_->Read(at_++));
      if (!time_) return batch;
      std::vector<uint32_t> kept;
      auto times = batch.columns[*time_].ints();
      for (uint32_t row = 0; row < batch.rows; ++row) {
        if (times[row] > after_) kept.push_back(row);
      }
      if (kept.size() == batch.rows) return batch;
      if (!kept.empty()) return Take(batch, kept);
    }
    return std::nullopt;
  }

 private:
  std::shared_ptr<const ChunkFile> file_;
  std::optional<size_t> time_;
  int64_t after_;
  size_t at_ = 0;
};

constexpr int64_t kEver = std::numeric_limits<int64_t>::min();

Result<int64_t> LatestOf(const ChunkFile& file) {
  int64_t latest = kEver;
  auto time = EventTimeOf(*file.schema());
  for (size_t at = 0; time && at < file.batch_count(); ++at) {
    OPS_ASSIGN(Batch batch, file.Read(at));
    for (int64_t t : batch.columns[*time].ints()) latest = std::max(latest, t);
  }
  return latest;
}

// The drift of every column between what was learnt from and what came since.
Result<std::vector<ColumnDrift>> DriftSince(const std::shared_ptr<const ChunkFile>& before,
                                            const std::shared_ptr<const ChunkFile>& after) {
  OPS_ASSIGN(int64_t latest, LatestOf(*before));
  RowsAfter learnt(before, kEver);
  RowsAfter since(after, latest);
  OPS_ASSIGN(TableDiff diff, DiffTables(learnt, since, {}));
  if (diff.rows_after == 0) return std::vector<ColumnDrift>();
  // Keys and times of what comes later are others by nature.
  std::erase_if(diff.columns, [&](const ColumnDrift& column) {
    const FieldRoles& roles = after->schema()->fields[*after->schema()->Find(column.name)].roles;
    return roles.key || roles.event_time || roles.known_at;
  });
  return std::move(diff.columns);
}

// A row a column. What cannot be computed of a column is no number, so that no comparison holds.
Result<Batch> DriftRows(const std::vector<ColumnDrift>& columns) {
  auto schema = std::make_shared<RowSchema>();
  schema->fields.push_back(FieldOfType("column", ColumnType::kString));
  for (const char* name : {"psi", "ks", "wasserstein", "jensen_shannon"}) {
    schema->fields.push_back(FieldOfType(name, ColumnType::kFloat));
  }
  for (const char* name : {"nulls_before", "nulls_after"}) {
    schema->fields.push_back(FieldOfType(name, ColumnType::kRatio));
  }
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::vector<Value> rows;
  for (const ColumnDrift& c : columns) {
    rows.push_back(
        Value::Record({{Symbol("column"), Value::String(c.name)},
                       {Symbol("psi"), Value::Float(c.psi.value_or(kNone))},
                       {Symbol("ks"), Value::Float(c.ks.value_or(kNone))},
                       {Symbol("wasserstein"), Value::Float(c.wasserstein.value_or(kNone))},
                       {Symbol("jensen_shannon"), Value::Float(c.jensen_shannon.value_or(kNone))},
                       {Symbol("nulls_before"), Value::Ratio(c.nulls_before)},
                       {Symbol("nulls_after"), Value::Ratio(c.nulls_after)}}));
  }
  return BatchOf(std::move(schema), rows);
}

// The first column for which the trigger holds.
Result<std::optional<std::string>> WhyDrift(const Trigger& trigger,
                                            const std::vector<ColumnDrift>& columns) {
  if (columns.empty()) return std::nullopt;
  OPS_ASSIGN(Batch all, DriftRows(columns));
  OPS_ASSIGN(Batch rows, Select(all, trigger.when->input()));
  Batch out;
  OPS_TRY(trigger.when->Run(rows, out));
  const Column& holds = out.columns.front();
  for (size_t row = 0; row < columns.size(); ++row) {
    if (holds.IsNull(row) || holds.bools()[row] == 0) continue;
    return fmt::format("drift of {} (psi {:.3f})", columns[row].name, columns[row].psi.value_or(0));
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Trigger>> TriggersFrom(const Value& list, KernelLoader& kernels) {
  std::vector<Trigger> triggers;
  if (!list.is(ValueKind::kList)) return triggers;
  for (const Value& item : list.AsList()) {
    OPS_ASSIGN(Trigger trigger, TriggerFrom(item, kernels));
    triggers.push_back(std::move(trigger));
  }
  return triggers;
}

bool IsTimeFor(const std::vector<Trigger>& triggers, Time trained, Time now) {
  return std::ranges::any_of(triggers, [&](const Trigger& trigger) {
    if (trigger.kind != Trigger::Kind::kCron) return false;
    auto next = trigger.times->NextAfter(trained);
    return next && *next <= now;
  });
}

Result<std::optional<std::string>> WhyRetrain(const std::vector<Trigger>& triggers,
                                              const TrainedOn& before,
                                              const std::shared_ptr<const ChunkFile>& after,
                                              Time now) {
  OPS_ASSIGN(const RowsApart apart, CompareRows(*before.rows, *after));
  if (apart.gone > 0) {  // it has learnt what is no longer so
    return fmt::format("rows that it was trained on {}: {}",
                       apart.come == 0 ? "are gone" : "have changed or are gone", apart.gone);
  }
  std::optional<std::vector<ColumnDrift>> drift;  // computed once, where it is asked for
  for (const Trigger& trigger : triggers) {
    std::optional<std::string> why;
    if (trigger.kind == Trigger::Kind::kCron) {
      if (IsTimeFor({trigger}, before.at, now)) why = trigger.text;
    } else if (trigger.kind == Trigger::Kind::kNewRows) {
      if (std::cmp_greater_equal(apart.come, trigger.min_rows)) {
        why = fmt::format("{} new rows", apart.come);
      }
    } else {
      if (!drift) {
        OPS_ASSIGN(drift, DriftSince(before.rows, after));
      }
      OPS_ASSIGN(why, WhyDrift(trigger, *drift));
    }
    if (why) return why;
  }
  return std::nullopt;
}

}  // namespace opsc
