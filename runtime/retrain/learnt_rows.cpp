#include "runtime/retrain/learnt_rows.h"

#include <algorithm>
#include <numeric>

#include "runtime/data/key_set.h"

namespace opsc {
namespace {

// Sorted, one a row that teaches.
Result<std::vector<KeyHash>> HashesOf(const ChunkFile& file) {
  const std::optional<size_t> label = file.schema()->Label();
  std::vector<size_t> all(file.schema()->fields.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<KeyHash> hashes;
  hashes.reserve(file.rows());
  for (size_t at = 0; at < file.batch_count(); ++at) {
    OPS_ASSIGN(const Batch batch, file.Read(at));
    for (size_t row = 0; row < batch.rows; ++row) {
      if (label && batch.columns[*label].IsNull(row)) continue;
      hashes.push_back(KeyOf(batch.columns, all, row));
    }
  }
  std::ranges::sort(hashes);
  return hashes;
}

}  // namespace

Result<RowsApart> CompareRows(const ChunkFile& learnt, const ChunkFile& now) {
  OPS_ASSIGN(const std::vector<KeyHash> before, HashesOf(learnt));
  OPS_ASSIGN(const std::vector<KeyHash> after, HashesOf(now));
  uint64_t same = 0;
  for (auto a = before.begin(), b = after.begin(); a != before.end() && b != after.end();) {
    if (*a == *b) {
      ++same, ++a, ++b;
    } else if (*a < *b) {
      ++a;
    } else {
      ++b;
    }
  }
  return RowsApart{.gone = before.size() - same, .come = after.size() - same};
}

}  // namespace opsc
