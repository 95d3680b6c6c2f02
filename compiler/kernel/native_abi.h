// What opsc and its plugin for compiled kernels say to each other: C, so that each keeps its own
// copy of everything else.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Grows with every change of these types and of what kernels mean.
enum { kOpscNativeVersion = 1 };

// The compiled function: `columns`, one pointer an input (uint8, int64 or binary64); `outputs`, two
// an output: its values, and where it is null (uint8; a null pointer where it never is). Not 0:
// some row may have no result, and the outputs say nothing. Rows are computed at once and in any
// order.
typedef uint8_t (*OpscNativeRun)(const void* const* columns, void* const* outputs, int64_t rows);

// A node of a kernel: numbers of nodes before it, -1: none. `op` and `type` as kernel/op.h numbers
// them.
struct OpscNativeNode {
  uint8_t op;
  uint8_t type;
  uint32_t index;  // of a column
  int32_t args[3];
  int32_t guard;
  int64_t bits;  // of a constant
};

struct OpscNativeOutput {
  int32_t value;
  int32_t present;
};

// Numbers and truth values only: no text, no windows, no calls.
struct OpscNativeRequest {
  const OpscNativeNode* nodes;
  size_t node_count;
  const OpscNativeOutput* outputs;
  size_t output_count;
  size_t column_count;
  int optimise;        // 0: as fast as it can be made, 1: as fast as it can be run
  const char* digest;  // of the kernel, as text
  const char* cache;   // a directory of object files by digest; empty: none
};

struct OpscNativeResult {
  OpscNativeRun run;
  void* code;       // for opsc_native_free
  char error[512];  // where opsc_native_compile gives other than 0
};

typedef int (*OpscNativeVersion)();
typedef int (*OpscNativeCompile)(const OpscNativeRequest* request, OpscNativeResult* result);
typedef void (*OpscNativeFree)(void* code);

}  // extern "C"
