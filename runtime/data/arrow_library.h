// Apache Arrow, loaded when it is used: Parquet files in and out.
#pragma once

#include <memory>
#include <string>

#include "runtime/arrow/arrow_abi.h"
#include "runtime/column/batch.h"

namespace opsc {

// The plugin `libopsc_arrow.so`, which stands beside this program or in ../lib/opsc. Fails
// (kEnvironment), with the way to get it, where it is not there. Loaded once a process;
// thread-safe.
Result<const OpscArrowPlugin*> ArrowPlugin();

// A stream of Arrow arrays, released with its owner.
class ArrowStream {
 public:
  ArrowStream() = default;
  ~ArrowStream();
  ArrowStream(const ArrowStream&) = delete;
  ArrowStream& operator=(const ArrowStream&) = delete;

  ArrowArrayStream* get() { return &stream_; }
  // False: the end. `out` is then released.
  Result<bool> Next(ArrowArray& out);

 private:
  ArrowArrayStream stream_{};
};

// Writes rows to a new Parquet file (zstd): times as timestamps in UTC, durations as durations,
// sizes and ints as int64, ratios and floats as float64, strings as dictionaries.
Status WriteParquet(const std::string& path, BatchSource& rows);
// Of a Parquet file, from its metadata.
Result<int64_t> ParquetRows(const std::string& path);

}  // namespace opsc
