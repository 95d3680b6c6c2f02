// What the tests of the journal share.
#pragma once

#include <gtest/gtest.h>

#include "runtime/store/store.h"
#include "runtime/store/test_dir.h"

namespace opsc {

inline StateEntry EntryNamed(const std::string& address, int64_t n = 1) {
  StateEntry entry;
  entry.address = address;
  entry.type = "file";
  entry.fields = Value::Record({{Symbol("path"), Value::String("out/" + address)},
                                {Symbol("n"), Value::Int(n)},
                                {Symbol("wait"), Value::Duration(5)}});
  entry.outs = Value::Record({{Symbol("size"), Value::Size(12)}});
  entry.recorded = Value::Record({{Symbol("digest"), Value::Bytes(std::string("\0\xFF", 2))}});
  entry.depends_on = {"a", "b"};
  entry.duration_ns = 77;
  return entry;
}

inline std::unique_ptr<Journal> OpenOrDie(const std::string& state_dir) {
  auto journal = OpenJournal(state_dir);
  EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
  return journal ? std::move(*journal) : nullptr;
}

inline Journal::IntentRequest IntentNamed(const std::string& run, const std::string& address) {
  return {.run = run,
          .address = address,
          .type = "file",
          .action = "create",
          .token = "token-" + address,
          .fields = EntryNamed(address).fields,
          .recorded = Value::Record({})};
}

inline StepRecord StepOf(const std::string& run, const std::string& address, int64_t duration = 10,
                         const std::string& result = "ok") {
  return {.run = run,
          .address = address,
          .action = "create",
          .result = result,
          .message = "",
          .started = Time{std::chrono::seconds(5)},
          .duration_ns = duration};
}

}  // namespace opsc
