#include "runtime/data/reject.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runtime/data/file_writer.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

constexpr std::array<std::string_view, kRejectKinds> kNames = {
    "type",     "null",   "range", "length",    "one_of", "pattern", "not_finite",
    "encoding", "future", "order", "duplicate", "cells",  "unknown", "syntax"};

std::string JsonText(std::string_view text) {
  return ToJson(Value::String(text), SecretPolicy::kReveal);
}

}  // namespace

std::string_view RejectName(RejectKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

RejectLog::RejectLog(std::string file, std::string quarantine)
    : file_(std::move(file)), quarantine_(std::move(quarantine)) {}

RejectLog::~RejectLog() = default;

Status RejectLog::Write(const Reject& reject) {
  if (quarantine_.empty()) return {};
  if (writer_ == nullptr) {
    OPS_ASSIGN(writer_, FileWriter::Open(quarantine_));
  }
  std::string line = fmt::format(R"({{"file":{},"row":{})", JsonText(file_), reject.row);
  if (reject.line > 0) line += fmt::format(R"(,"line":{})", reject.line);
  line += R"(,"errors":[)";
  for (size_t i = 0; i < reject.errors.size(); ++i) {
    const CellError& error = reject.errors[i];
    line += fmt::format(R"({}{{"column":{},"kind":"{}","message":{}}})", i == 0 ? "" : ",",
                        JsonText(error.column), RejectName(error.kind), JsonText(error.message));
  }
  line += R"(],"cells":{)";
  for (size_t i = 0; i < reject.cells.size(); ++i) {
    const auto& [name, text] = reject.cells[i];
    line += fmt::format("{}{}:{}", i == 0 ? "" : ",", JsonText(name), text);
  }
  line += "}}\n";
  return writer_->Write(line);
}

Status RejectLog::Add(Reject reject) {
  ++rows_;
  for (const CellError& error : reject.errors) ++counts_[{error.column, error.kind}];
  OPS_TRY(Write(reject));
  if (examples_.size() < kExamples) examples_.push_back(RejectText(file_, reject));
  return {};
}

Status RejectLog::Close() {
  if (quarantine_.empty()) return {};
  if (writer_ == nullptr) {
    OPS_ASSIGN(writer_, FileWriter::Open(quarantine_));
  }
  return writer_->Close();
}

std::string RejectText(std::string_view file, const Reject& reject) {
  std::string place = reject.line > 0 ? fmt::format("{}:{}", file, reject.line)
                                      : fmt::format("{}, row {}", file, reject.row);
  if (reject.errors.empty()) return place;
  const CellError& error = reject.errors.front();
  if (error.column.empty()) return fmt::format("{}: {}", place, error.message);
  return fmt::format("{}: {}: {}", place, error.column, error.message);
}

}  // namespace opsc
