#include "compiler/driver/show/model_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/show/table_text.h"

namespace opsc {
namespace {

constexpr size_t kBar = 30;  // characters of the longest bar
constexpr size_t kMostFeatures = 15;

// A bar in eighths of a character.
std::string Bar(double share) {
  static constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kBar * 8));
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kParts[eighths % 8];
}

std::string ImportanceText(const ModelCard& card) {
  std::vector<size_t> order(card.importance.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(
      order, [&](size_t a, size_t b) { return card.importance[a] > card.importance[b]; });
  if (order.size() > kMostFeatures) order.resize(kMostFeatures);
  const double top = order.empty() ? 0 : card.importance[order.front()];
  std::vector<std::vector<std::string>> rows = {{"FEATURE", "SHARE OF GAIN", ""}};
  for (const size_t at : order) {
    const double share = card.importance[at];
    rows.push_back({card.encoding.NameOf(at), fmt::format("{:5.1f} %", share * 100),
                    top > 0 ? Bar(share / top) : ""});
  }
  return TableText(rows);
}

// What a script said of its model, and by what it was made.
std::string ScriptText(const ScriptRecord& script) {
  std::string out = fmt::format("trained by {} ({}) in the environment of {} ({})\n",
                                script.spec.script, script.script_digest.substr(0, 12),
                                script.spec.lock, script.lock_digest.substr(0, 12));
  if (script.reported.empty()) return out;
  std::vector<std::vector<std::string>> rows = {{"REPORTED BY THE SCRIPT", ""}};
  for (const auto& [name, value] : script.reported) {
    rows.push_back({name, fmt::format("{:.6g}", value)});
  }
  return out + "\n" + TableText(rows);
}

std::string SlicesText(const ModelCard& card) {
  std::vector<std::vector<std::string>> rows = {
      {"SLICE", "ROWS", std::string(MetricsOf(card.objective).front().name)}};
  for (const ModelSlice& slice : card.slices) {
    rows.push_back({fmt::format("{} = {}", slice.field, slice.value), fmt::format("{}", slice.rows),
                    MeasuredText(slice.metrics.front())});
  }
  return TableText(rows);
}

std::string LineOf(const OpenedVersion& model) {
  if (model.version.version == 0) {
    return fmt::format("{} candidate, which is no version ({})\n", model.card.name,
                       model.card.trainer);
  }
  return fmt::format("{} version {}: {} ({})\n", model.card.name, model.version.version,
                     model.version.artefact.AsFile().digest.Short(), model.card.trainer);
}

// Which rows were neither learnt from nor tested on.
std::string LeftOutText(const ModelCard& card) {
  std::string out;
  if (card.superseded_rows > 0) {
    out += fmt::format(", {} left out that were corrected later", card.superseded_rows);
  }
  if (card.unlabelled_rows > 0) {
    out += fmt::format(", {} without a label left out", card.unlabelled_rows);
  }
  if (card.late_rows > 0) {
    out += fmt::format(", {} left out whose label was not known when the test rows began",
                       card.late_rows);
  }
  return out;
}

std::string BetterText(const Metric& metric, const Measured& a, const Measured& b) {
  const double gain = (b.value - a.value) * (metric.higher_is_better ? 1 : -1);
  if (!std::isfinite(gain) || gain == 0) return "";
  const bool apart = b.low > a.high || a.low > b.high;
  return fmt::format("{:+.4f}{}", b.value - a.value,
                     apart ? (gain > 0 ? "  better" : "  worse") : "  within the intervals");
}

}  // namespace

std::string MeasuredText(const Measured& m) {
  if (!std::isfinite(m.value)) return "-";
  if (m.low == m.high) return fmt::format("{:.4f}", m.value);
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", m.value, m.low, m.high);
}

std::string ModelText(const OpenedVersion& model) {
  const ModelCard& card = model.card;
  std::string out = LineOf(model);
  if (model.version.version > 0) {
    out += fmt::format("  made {} by run {}\n", model.version.created, model.version.run);
  }
  out += fmt::format("  predicts {} from {} features; {} rows trained, {} tested{}\n\n", card.label,
                     card.encoding.features->fields.size(), card.train_rows, card.test_rows,
                     LeftOutText(card));
  std::vector<std::vector<std::string>> rows = {{"MEASURE", "ON THE TEST ROWS (95 %)"}};
  for (const Measured& m : card.metrics) rows.push_back({m.name, MeasuredText(m)});
  out += TableText(rows);
  if (!card.slices.empty()) out += "\n" + SlicesText(card);
  return out + "\n" + (card.script ? ScriptText(*card.script) : ImportanceText(card));
}

std::string CompareText(const OpenedVersion& a, const OpenedVersion& b) {
  std::vector<std::vector<std::string>> rows = {
      {"MEASURE", fmt::format("VERSION {}", a.version.version),
       fmt::format("VERSION {}", b.version.version), "DIFFERENCE"}};
  for (const Metric& metric : MetricsOf(a.card.objective)) {
    const auto of = [&](const ModelCard& card) {
      const auto found = std::ranges::find(card.metrics, metric.name, &Measured::name);
      return found == card.metrics.end() ? Measured{std::string(metric.name), NAN, NAN, NAN}
                                         : *found;
    };
    const Measured left = of(a.card), right = of(b.card);
    rows.push_back({std::string(metric.name), MeasuredText(left), MeasuredText(right),
                    BetterText(metric, left, right)});
  }
  return LineOf(a) + LineOf(b) + "each on its own test rows\n\n" + TableText(rows);
}

std::string ModelsText(const std::vector<RecordedModel>& models) {
  std::vector<std::vector<std::string>> rows = {
      {"MODEL", "CHAMPION", "CHALLENGER", "VERSIONS", "IN CHARGE SINCE"}};
  for (const RecordedModel& model : models) {
    const Registry& registry = model.registry;
    rows.push_back({model.entry.address, fmt::format("{}", registry.champion()),
                    registry.challenger == 0 ? "-" : fmt::format("{}", registry.challenger),
                    fmt::format("{}", registry.versions.size()),
                    registry.promotions.empty() ? "-" : registry.promotions.back().at});
  }
  return TableText(rows);
}

std::string PromotionsText(const RecordedModel& model) {
  std::vector<std::vector<std::string>> rows = {{"FROM", "TO", "VERSION", "BECAUSE", "RUN"}};
  const auto& promotions = model.registry.promotions;
  for (size_t at = promotions.size(); at-- > 0;) {
    const Promotion& p = promotions[at];
    rows.push_back({p.at, at + 1 < promotions.size() ? promotions[at + 1].at : "now",
                    fmt::format("{}", p.version), p.reason, p.run});
  }
  return TableText(rows);
}

}  // namespace opsc
