#include "compiler/diag/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace opsc {
namespace {

constexpr DiagInfo kCatalogue[] = {
#define DIAG(name, number, severity, text, help) {Diag::name, #name, severity, text, help},
#include "compiler/diag/catalogue.def"
#undef DIAG
};

// "{0}…{1}" with the arguments; a number without an argument is our bug.
std::string Fill(std::string_view text, std::initializer_list<std::string_view> args) {
  std::string filled;
  for (size_t i = 0; i < text.size(); ++i) {
    bool is_hole = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    if (!is_hole) {
      filled += text[i];
      continue;
    }
    auto index = static_cast<size_t>(text[i + 1] - '0');
    OPS_CHECK(index < args.size(), "diagnostic lacks an argument");
    filled += args.begin()[index];
    i += 2;
  }
  return filled;
}

// Optimal string alignment distance, cut off above `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string Identity(Diag id, Span span, std::string_view message) {
  return fmt::format("{}:{}:{}:{}:{}", static_cast<int>(id), static_cast<uint32_t>(span.file),
                     span.begin, span.end, message);
}

}  // namespace

std::span<const DiagInfo> Catalogue() {
  return kCatalogue;
}

const DiagInfo& InfoOf(Diag id) {
  for (const DiagInfo& info : kCatalogue) {
    if (info.id == id) return info;
  }
  OPS_CHECK(false, "diagnostic without a row");
  std::abort();
}

std::string CodeOf(Diag id) {
  return fmt::format("OPS{:04}", static_cast<int>(id));
}

Diagnostic& Diagnostics::Add(Diag id, Span span, std::initializer_list<std::string_view> args) {
  const DiagInfo& info = InfoOf(id);
  std::string message = Fill(info.text, args);
  bool is_new = seen_.insert(Identity(id, span, message)).second;
  if (!is_new) return dropped_ = {id, info.severity, span, message, {}, {}, {}};
  if (info.severity == Severity::kError) ++errors_;
  return all_.emplace_back(Diagnostic{id, info.severity, span, std::move(message), {}, {}, {}});
}

void Diagnostics::SortBySource() {
  std::ranges::stable_sort(all_, [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.span.file, a.span.begin) < std::pair(b.span.file, b.span.begin);
  });
}

void Diagnostics::Append(const Diagnostics& other) {
  for (const Diagnostic& d : other.all_) {
    if (!seen_.insert(Identity(d.id, d.span, d.message)).second) continue;
    if (d.severity == Severity::kError) ++errors_;
    all_.push_back(d);
  }
}

std::string Nearest(std::string_view name, const std::vector<std::string>& candidates) {
  size_t limit = std::max<size_t>(1, name.size() / 3);
  std::string best;
  size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    size_t distance = EditDistance(name, candidate, limit);
    bool better = distance < best_distance ||
                  (distance == best_distance && distance <= limit && candidate < best);
    if (better) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace opsc
