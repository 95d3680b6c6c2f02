// The Arrow C data and stream interfaces (arrow.apache.org, "The Arrow C data interface"), and what
// the plugin libopsc_arrow.so offers in their terms. Nothing here needs Arrow itself.
#pragma once

#include <cstdint>

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif

// The functions of the plugin. 0: done; else the reason is in `error`, NUL-terminated, cut to
// `size`.
#define OPSC_ARROW_VERSION 1
// The rows of a Parquet file in batches of at most `batch_rows`; strings may come as dictionaries.
using OpscParquetOpen = int(const char* path, int64_t batch_rows, struct ArrowArrayStream* out,
                            char* error, int64_t size);
// Writes all of a stream to a new Parquet file (zstd), and releases it.
using OpscParquetWrite = int(const char* path, struct ArrowArrayStream* rows, char* error,
                             int64_t size);
// The number of rows, from the metadata.
using OpscParquetRows = int(const char* path, int64_t* rows, char* error, int64_t size);

// The one symbol that is looked up.
struct OpscArrowPlugin {
  int32_t version;
  const char* arrow_version;
  OpscParquetOpen* open;
  OpscParquetWrite* write;
  OpscParquetRows* rows;
};

}  // extern "C"
