#include "runtime/data/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace opsc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// numpy.quantile(method="linear") of sorted values.
double SortedQuantile(std::span<const double> sorted, double q) {
  double place = q * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - static_cast<double>(below));
}

// Half-open bins, the last one closed, as in numpy.histogram.
std::vector<double> SharesOf(std::span<const double> values, std::span<const double> edges) {
  std::vector<double> shares(edges.size() - 1);
  for (double value : values) {
    auto above = std::upper_bound(edges.begin(), edges.end(), value);
    auto bin = static_cast<size_t>(above - edges.begin());
    if (bin == 0) continue;
    shares[std::min(bin, shares.size()) - 1] += 1;
  }
  for (double& share : shares) share /= static_cast<double>(values.size());
  return shares;
}

std::vector<double> DecileEdges(std::span<const double> reference) {
  std::vector<double> sorted(reference.begin(), reference.end());
  std::ranges::sort(sorted);
  std::vector<double> edges = {-kInfinity};
  for (int i = 1; i < 10; ++i) {
    double edge = SortedQuantile(sorted, i / 10.0);
    if (edge > edges.back()) edges.push_back(edge);
  }
  edges.push_back(kInfinity);
  return edges;
}

std::vector<double> SturgesEdges(std::span<const double> a, std::span<const double> b) {
  auto [low_a, high_a] = std::ranges::minmax(a);
  auto [low_b, high_b] = std::ranges::minmax(b);
  double low = std::min(low_a, low_b);
  double high = std::max(high_a, high_b);
  auto count = static_cast<double>(a.size() + b.size());
  // numpy: the width that Sturges gives, then as many bins as cover the range.
  auto bins = static_cast<size_t>(std::ceil(std::log2(count) + 1.0));
  if (!(high > low)) {
    low -= 0.5;
    high += 0.5;
    bins = 1;
  }
  std::vector<double> edges;
  for (size_t i = 0; i <= bins; ++i) {
    edges.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(bins));
  }
  edges.back() = high;
  return edges;
}

void FillZeros(std::vector<double>& shares) {
  double least = kInfinity;
  for (double share : shares) {
    if (share > 0) least = std::min(least, share);
  }
  double zero = least > 1e-4 ? 1e-4 : least / 1e6;
  for (double& share : shares) {
    if (share == 0) share = zero;
  }
}

// Calls `step(value, below_a, below_b)` for each distinct value with how many are not above it.
template <typename Step>
void WalkSorted(std::span<const double> a, std::span<const double> b, const Step& step) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    double value = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    while (i < a.size() && a[i] <= value) ++i;
    while (j < b.size() && b[j] <= value) ++j;
    step(value, i, j);
  }
}

// P(D >= d) of two samples without drift; the recurrence of R's psmirnov, in floating point.
double ExactTail(double d, size_t n, size_t m) {
  if (n > m) std::swap(n, m);
  auto rows = static_cast<double>(n);
  auto columns = static_cast<double>(m);
  double limit = (0.5 + std::floor(d * rows * columns - 1e-7)) / (rows * columns);
  std::vector<double> inside(m + 1);
  for (size_t j = 0; j <= m; ++j) inside[j] = static_cast<double>(j) / columns > limit ? 0 : 1;
  for (size_t i = 1; i <= n; ++i) {
    double weight = static_cast<double>(i) / static_cast<double>(i + m);
    double place = static_cast<double>(i) / rows;
    inside[0] = place > limit ? 0 : weight * inside[0];
    for (size_t j = 1; j <= m; ++j) {
      bool outside = std::fabs(place - static_cast<double>(j) / columns) > limit;
      inside[j] = outside ? 0 : weight * inside[j] + inside[j - 1];
    }
  }
  return 1 - inside[m];
}

// The limit distribution (Kolmogorov 1933).
double AsymptoticTail(double d, double n, double m) {
  double x = d * std::sqrt(n * m / (n + m));
  if (x < 1e-3) return 1;
  double sum = 0;
  for (int k = 1; k < 200; ++k) {
    double term = std::exp(-2.0 * k * k * x * x);
    sum += k % 2 == 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

}  // namespace

BinnedShares Bin(std::span<const double> reference, std::span<const double> current,
                 Binning binning) {
  BinnedShares out;
  out.edges = binning == Binning::kReferenceDeciles ? DecileEdges(reference)
                                                    : SturgesEdges(reference, current);
  out.reference = SharesOf(reference, out.edges);
  out.current = SharesOf(current, out.edges);
  return out;
}

double Psi(const BinnedShares& shares) {
  std::vector<double> reference = shares.reference;
  std::vector<double> current = shares.current;
  FillZeros(reference);
  FillZeros(current);
  double psi = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    psi += (current[i] - reference[i]) * std::log(current[i] / reference[i]);
  }
  return psi;
}

double JensenShannon(const BinnedShares& shares) {
  double divergence = 0;
  for (size_t i = 0; i < shares.reference.size(); ++i) {
    double p = shares.reference[i];
    double q = shares.current[i];
    double middle = (p + q) / 2;
    if (p > 0) divergence += p * std::log(p / middle) / 2;
    if (q > 0) divergence += q * std::log(q / middle) / 2;
  }
  return std::sqrt(std::max(divergence, 0.0));
}

KsTest KolmogorovSmirnov(std::vector<double> reference, std::vector<double> current) {
  constexpr size_t kExactPairs = 4'000'000;
  std::ranges::sort(reference);
  std::ranges::sort(current);
  auto n = static_cast<double>(reference.size());
  auto m = static_cast<double>(current.size());
  KsTest out;
  WalkSorted(reference, current, [&](double, size_t i, size_t j) {
    double distance = std::fabs(static_cast<double>(i) / n - static_cast<double>(j) / m);
    out.statistic = std::max(out.statistic, distance);
  });
  bool exact = reference.size() <= kExactPairs / current.size();
  out.p_value = exact ? ExactTail(out.statistic, reference.size(), current.size())
                      : AsymptoticTail(out.statistic, n, m);
  return out;
}

double Wasserstein(std::vector<double> reference, std::vector<double> current) {
  std::ranges::sort(reference);
  std::ranges::sort(current);
  auto n = static_cast<double>(reference.size());
  auto m = static_cast<double>(current.size());
  double total = 0;
  double before = 0;
  double gap = 0;
  WalkSorted(reference, current, [&](double value, size_t i, size_t j) {
    if (gap > 0) total += gap * (value - before);
    before = value;
    gap = std::fabs(static_cast<double>(i) / n - static_cast<double>(j) / m);
  });
  return total;
}

BinnedShares ShareOf(std::span<const std::string_view> reference,
                     std::span<const std::string_view> current) {
  std::map<std::string_view, std::pair<double, double>> counts;
  for (std::string_view name : reference) counts[name].first += 1;
  for (std::string_view name : current) counts[name].second += 1;
  BinnedShares out;
  for (const auto& [name, count] : counts) {
    out.reference.push_back(count.first /
                            static_cast<double>(std::max<size_t>(reference.size(), 1)));
    out.current.push_back(count.second / static_cast<double>(std::max<size_t>(current.size(), 1)));
  }
  return out;
}

}  // namespace opsc
