// Bodies of requests → rows, and predictions → bodies of answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/pool.h"
#include "runtime/column/batch.h"
#include "runtime/data/row_builder.h"

namespace opsc {

inline constexpr size_t kMaxRequestRows = kMaxBatchRows;

// What is wrong with a request, for its sender: `error` in words, and the fields.
struct RequestError {
  std::string error;
  struct OfField {
    size_t row = 0;  // from 0
    std::string field;
    std::string message;
  };
  std::vector<OfField> fields;
};
template <typename T>
using RequestResult = std::expected<T, RequestError>;

// Rows with the identifier that an Open Inference Protocol request may have.
struct RequestRows {
  Batch rows;
  std::string id;
};

// Reads requests for rows of one type. Thread-safe.
class RequestReader {
 public:
  explicit RequestReader(SchemaPtr schema);

  // A record, or `{"rows": [record…]}`: typed JSON.
  RequestResult<RequestRows> Typed(std::string_view body);
  // Open Inference Protocol v2: an input tensor a field, of shape [n] or [n, 1]; BOOL, INT*, UINT*,
  // FP32, FP64 or BYTES (strings; of times and durations their text). A field that may be null may
  // be absent; null elements are nulls.
  RequestResult<RequestRows> Oip(std::string_view body);

  const SchemaPtr& schema() const { return schema_; }

 private:
  Pool<RowBuilder>::Lease Take();

  SchemaPtr schema_;
  Pool<RowBuilder> builders_;  // kept: making one compiles the patterns of the type
};

//   {"model":"churn","version":"3","predictions":[0.25]}
std::string TypedAnswer(std::string_view model, std::string_view version,
                        const std::vector<float>& predictions);
// Open Inference Protocol v2: one output tensor `prediction`, FP32, of shape [n].
std::string OipAnswer(std::string_view model, std::string_view version, std::string_view id,
                      const std::vector<float>& predictions);
//   {"error":"…","fields":[{"row":0,"field":"amount","message":"-3 is below 0"}]}
std::string ErrorAnswer(const RequestError& error);
// GET /v2/models/M: the name, versions, and the tensors in and out.
std::string OipMetadata(std::string_view model, const std::vector<std::string>& versions,
                        const RowSchema& input);

}  // namespace opsc
