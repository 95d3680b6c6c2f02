// Tables that a person names: a dataset's snapshot, or a file.
#pragma once

#include <memory>
#include <string>

#include "compiler/driver/cli/session.h"
#include "runtime/data/read.h"

namespace opsc {

// Rows that were named, with what is known of them. A file's type is what it seems to be.
struct NamedTable {
  std::string name;
  std::unique_ptr<RejectLog> log;  // of a file
  std::unique_ptr<BatchSource> rows;
};

// `word`: a file that exists, else the address of a dataset that has a snapshot.
Result<NamedTable> OpenTable(const CliSession& session, const std::string& word);

}  // namespace opsc
