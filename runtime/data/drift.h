// How different two samples are. Golden values are those of scipy and of Evidently 0.7.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace opsc {

// How values are put into bins before shares are compared. There is no PSI without a name for this.
enum class Binning : uint8_t {
  kReferenceDeciles,  // ten bins with equal shares of the reference, open at both ends
  kEvidently,         // equal widths over both samples together, as many as Sturges says
};

// Shares of each bin in both samples.
struct BinnedShares {
  std::vector<double> edges;  // inner and outer; infinite where open
  std::vector<double> reference;
  std::vector<double> current;
};

// REQUIRES: neither sample is empty, and no value is NaN.
BinnedShares Bin(std::span<const double> reference, std::span<const double> current,
                 Binning binning);

// Population stability index, Σ (current − reference) · ln(current / reference). A share of 0
// counts as 0.0001, or as a millionth of the smallest share where that is less, as in Evidently.
double Psi(const BinnedShares& shares);
// Jensen-Shannon distance (the root of the divergence) with natural logarithms, as in scipy.
double JensenShannon(const BinnedShares& shares);

// Two-sample Kolmogorov-Smirnov: the largest distance of the distribution functions and how likely
// one as large is without drift. Exact for up to four million pairs (the recurrence of R's
// psmirnov), asymptotic beyond.
struct KsTest {
  double statistic = 0;
  double p_value = 1;
};
KsTest KolmogorovSmirnov(std::vector<double> reference, std::vector<double> current);

// Wasserstein-1 (earth mover's) distance, in units of the values.
double Wasserstein(std::vector<double> reference, std::vector<double> current);

// Of categories: shares by name, for Psi and JensenShannon.
BinnedShares ShareOf(std::span<const std::string_view> reference,
                     std::span<const std::string_view> current);

}  // namespace opsc
