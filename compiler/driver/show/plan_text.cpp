#include "compiler/driver/show/plan_text.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "compiler/driver/cli/session.h"
#include "compiler/driver/show/diff_text.h"
#include "compiler/driver/show/doc_text.h"
#include "compiler/driver/show/duration_text.h"
#include "runtime/base/listing.h"

namespace opsc {
namespace {

constexpr size_t kMaxNames = 3;
constexpr size_t kMaxDiffs = 40;

struct Mark {
  std::string_view text;
  Style style;
};

Mark MarkOf(const Change& change, const PlanTextOptions& options) {
  switch (change.action) {
    case Action::kRun:
      return {"▶", Style::kCyan};
    case Action::kCreate:
      return {"+", Style::kGreen};
    case Action::kUpdate:
      return {"~", Style::kYellow};
    case Action::kReplace:
      return {options.create_first.contains(change.address) ? "+/-" : "-/+", Style::kMagenta};
    case Action::kDelete:
      return {"-", Style::kRed};
    case Action::kAdopt:
      return {"=", Style::kGreen};
    case Action::kForget:
      return {"·", Style::kDim};
    case Action::kCached:
    case Action::kNoop:
      return {change.moved_from.empty() ? "✓" : "→", Style::kDim};
  }
  return {"?", Style::kDim};
}

bool IsUpToDate(const Change& change) {
  bool still = change.action == Action::kCached || change.action == Action::kNoop;
  return still && change.moved_from.empty();
}

// Reasons of one kind are told once: "waits for a, b and 3 more".
std::vector<Reason> Merged(const std::vector<Reason>& reasons) {
  std::vector<Reason> merged;
  for (auto it = reasons.begin(); it != reasons.end(); ++it) {
    auto same_kind = [&](const Reason& r) { return r.kind == it->kind; };
    if (std::any_of(reasons.begin(), it, same_kind)) continue;
    std::vector<std::string> details;
    for (const Reason& reason : reasons) {
      bool known = std::find(details.begin(), details.end(), reason.detail) != details.end();
      if (same_kind(reason) && !known) details.push_back(reason.detail);
    }
    merged.push_back({it->kind, Listing(details, kMaxNames)});
  }
  return merged;
}

std::string ReasonText(const Change& change) {
  std::vector<std::string> texts;
  if (!change.moved_from.empty()) texts.push_back("moved from " + change.moved_from);
  for (const Reason& reason : Merged(change.reasons)) {
    bool new_file = change.type == "chunk" && reason.kind == ReasonKind::kNeverRan;
    std::string text = new_file ? "new file" : PrintReason(reason);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts.empty() ? "" : fmt::format(" ({})", Listing(texts, kMaxNames));
}

std::string DocText(const std::string& doc, const PlanTextOptions& options) {
  std::string sentence = FirstSentence(doc);
  if (sentence.empty()) return "";
  return "      " + Paint(options.color, Style::kDim, sentence) + "\n";
}

std::string DiffsText(const std::vector<FieldDiff>& diffs, const PlanTextOptions& options) {
  DiffTextOptions inner;
  inner.color = options.color;
  inner.width = static_cast<size_t>(std::max(options.width, 60)) - inner.indent - 16;
  std::string text;
  for (size_t i = 0; i < diffs.size(); ++i) {
    if (i == kMaxDiffs && !options.verbose) {
      return text + fmt::format("      … and {} more fields\n", diffs.size() - i);
    }
    text += DiffText(diffs[i], inner);
  }
  return text;
}

std::string BodyText(const Change& change, const PlanTextOptions& options) {
  bool is_task = change.action == Action::kRun;
  if (change.action == Action::kCreate || change.action == Action::kAdopt) {
    DiffTextOptions inner;
    inner.color = options.color;
    inner.width = static_cast<size_t>(std::max(options.width, 60)) - inner.indent - 16;
    return FieldsText(change.after, inner);
  }
  if (change.action == Action::kUpdate || change.action == Action::kReplace ||
      (is_task && !change.before.is_null())) {
    return DiffsText(change.diff, options);
  }
  return "";
}

// `before`: the change shown above it. What is written once, for all keys, is shown once.
std::string ChangeText(const Change& change, const Change* before, const PlanTextOptions& options) {
  Mark symbol = MarkOf(change, options);
  std::string mark = Paint(options.color, symbol.style, symbol.text);
  std::string name = fmt::format("{} {}", change.type, change.address);
  std::string_view pad = change.action == Action::kReplace ? "" : "  ";
  std::string line = fmt::format("{}{} {}{}\n", pad, mark, Paint(options.color, Style::kBold, name),
                                 Paint(options.color, Style::kDim, ReasonText(change)));
  if (IsUpToDate(change)) return line;
  bool told = before && !IsUpToDate(*before) && before->doc == change.doc;
  return line + (told ? "" : DocText(change.doc, options)) + BodyText(change, options);
}

std::string ChecksText(const Plan& plan, const PlanTextOptions& options) {
  std::string text;
  for (const GraphCheck& check : plan.checks) {
    if (!check.failed && !check.pending) continue;
    std::string mark = !check.failed   ? Paint(options.color, Style::kYellow, "?")
                       : check.warning ? Paint(options.color, Style::kYellow, "!")
                                       : Paint(options.color, Style::kRed, "✗");
    std::string_view tail = check.failed ? "" : " (decided during apply)";
    text += fmt::format("  {} {}: {}{}\n", mark, check.address, check.message, tail);
    if (check.origin.line > 0) {
      text += fmt::format("      at {}:{}:{}\n", check.origin.file, check.origin.line,
                          check.origin.column);
    }
  }
  if (text.empty()) return text;
  return Paint(options.color, Style::kBold, "Checks:") + "\n" + text + "\n";
}

std::string OutsText(const Plan& plan, const PlanTextOptions& options) {
  if (plan.outs.empty() || plan.destroy) return "";
  std::string text = Paint(options.color, Style::kBold, "Outs:") + "\n";
  size_t width = static_cast<size_t>(std::max(options.width, 60)) - 20;
  for (const auto& [name, value] : plan.outs) {
    text += fmt::format("  {}: {}\n", name, ShortText(value, width));
  }
  return text + "\n";
}

void AppendCount(std::string& text, int count, std::string_view what) {
  if (count > 0) text += fmt::format(", {} {}", count, what);
}

}  // namespace

std::set<std::string> CreateFirst(const Graph& graph) {
  std::set<std::string> addresses;
  for (const Node& node : graph.nodes) {
    if (node.meta.create_first) addresses.insert(node.address);
  }
  return addresses;
}

int64_t ExpectedNanoseconds(const Plan& plan) {
  std::unordered_map<std::string, int64_t> ends;
  int64_t longest = 0;
  for (const Change& change : plan.changes) {
    int64_t begin = 0;
    for (const std::string& needed : change.depends_on) {
      if (auto found = ends.find(needed); found != ends.end())
        begin = std::max(begin, found->second);
    }
    int64_t own = IsUpToDate(change) ? 0 : change.expected_ns.value_or(0);
    ends[change.address] = begin + own;
    longest = std::max(longest, begin + own);
  }
  return longest;
}

std::string DriftText(const Plan& plan, const PlanTextOptions& options) {
  std::string text;
  for (const Drift& drift : plan.drift) {
    std::string name = Paint(options.color, Style::kBold, drift.address);
    text += fmt::format("  {} {}{}\n", Paint(options.color, Style::kYellow, "!"), name,
                        drift.gone ? " is gone" : "");
    if (!drift.gone) text += DiffsText(drift.diff, options);
  }
  if (text.empty()) return text;
  return Paint(options.color, Style::kBold, "Changed outside of opsc:") + "\n" + text + "\n";
}

std::string NothingToDoText(uint64_t up_to_date) {
  return fmt::format("No changes. Everything is as the sources say: {} up to date.\n", up_to_date);
}

std::string PlanFooter(const Plan& plan) {
  PlanSummary sum = plan.Summary();
  if (sum.empty()) {
    return plan.destroy ? "No changes. There is nothing to destroy.\n"
                        : NothingToDoText(static_cast<uint64_t>(sum.up_to_date));
  }
  std::string text = fmt::format("Plan: {} to run, {} to create, {} to change, {} to destroy",
                                 sum.run, sum.create, sum.update, sum.destroy);
  AppendCount(text, sum.replace, "to replace");
  AppendCount(text, sum.adopt, "to adopt");
  AppendCount(text, sum.forget, "to forget");
  AppendCount(text, sum.move, "to move");
  text += fmt::format("; {} up to date.", sum.up_to_date);
  constexpr int64_t kWorthSaying = 1'000'000'000;
  if (int64_t expected = ExpectedNanoseconds(plan); expected >= kWorthSaying) {
    text +=
        fmt::format(" Expected: about {}.", RoundedDuration(std::chrono::nanoseconds(expected)));
  }
  return text + "\n";
}

std::string PlanText(const Plan& plan, const PlanTextOptions& options) {
  std::string text = DriftText(plan, options);
  const Change* last = nullptr;
  for (const Change& change : plan.changes) {
    if (IsUpToDate(change) && !options.verbose) continue;
    text += ChangeText(change, last, options);
    last = &change;
  }
  bool any = last != nullptr;
  if (any) text += "\n";
  for (const std::string& note : plan.notes) text += fmt::format("note: {}\n", note);
  text += ChecksText(plan, options);
  if (any || options.verbose) text += OutsText(plan, options);
  return text + Paint(options.color, Style::kBold, PlanFooter(plan));
}

}  // namespace opsc
