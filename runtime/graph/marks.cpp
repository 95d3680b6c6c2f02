// Walks for the marks of values: what is pending, what is secret, what cannot be stored.
#include <functional>
#include <map>
#include <set>

#include "runtime/graph/diff.h"
#include "runtime/graph/field_path.h"
#include "runtime/value/encode.h"

namespace opsc {
namespace {

// Calls `found` with the path of each innermost value that has the mark.
template <typename HasMark, typename Found>
void WalkMarked(const Value& value, FieldPath& path, const HasMark& has_mark, const Found& found) {
  if (!has_mark(value)) return;
  if (value.is(ValueKind::kRecord) && !value.secret()) {
    for (const auto& [name, field] : value.AsRecord()) {
      FieldPath::Step step(path, name.text());
      WalkMarked(field, path, has_mark, found);
    }
  } else if (value.is(ValueKind::kList) && !value.secret()) {
    auto items = value.AsList();
    for (size_t i = 0; i < items.size(); ++i) {
      FieldPath::Step step(path, i);
      WalkMarked(items[i], path, has_mark, found);
    }
  } else {
    found(path.text());
  }
}

template <typename HasMark>
std::vector<std::string> MarkedPaths(const Value& value, const HasMark& has_mark) {
  std::vector<std::string> paths;
  FieldPath path;
  WalkMarked(value, path, has_mark, [&](const std::string& text) { paths.push_back(text); });
  return paths;
}

// Calls `visit` with every direct part of a value.
template <typename Visit>
void ForEachPart(const Value& value, const Visit& visit) {
  switch (value.kind()) {
    case ValueKind::kRecord:
      for (const auto& [name, field] : value.AsRecord()) visit(field);
      return;
    case ValueKind::kList:
      for (const Value& item : value.AsList()) visit(item);
      return;
    case ValueKind::kTemplate:
      for (const Value& hole : value.AsTemplate().holes) visit(hole);
      return;
    case ValueKind::kFiles:
      for (const Value& file : value.AsFiles().files) visit(file);
      return;
    case ValueKind::kInstance:
      visit(value.AsInstance().fields);
      return;
    default:
      return;
  }
}

void WalkFiles(const Value& value, const std::function<void(const FileRep&)>& visit) {
  if (value.is(ValueKind::kFile)) return visit(value.AsFile());
  if (value.is(ValueKind::kInstance)) return;
  ForEachPart(value, [&](const Value& part) { WalkFiles(part, visit); });
}

std::string NameOf(const FileRep& file) {
  if (file.producer.empty()) return file.path;
  return file.output.empty() ? file.producer : file.producer + "." + file.output;
}

bool HoldsFunction(const Value& value) {
  if (value.is(ValueKind::kFunction)) return true;
  if (value.is(ValueKind::kInstance)) return false;  // stored by its address only
  bool holds = false;
  ForEachPart(value, [&](const Value& part) { holds = holds || HoldsFunction(part); });
  return holds;
}

}  // namespace

std::vector<std::string> PendingPaths(const Value& fields) {
  return MarkedPaths(fields, [](const Value& value) { return value.has_pending(); });
}

std::vector<std::string> SecretPaths(const Value& fields) {
  return MarkedPaths(fields, [](const Value& value) { return value.has_secret(); });
}

std::vector<std::string> ChangedFiles(const Value& before, const Value& after) {
  std::map<std::string, Digest> were;
  WalkFiles(before, [&](const FileRep& file) { were.emplace(NameOf(file), file.digest); });
  std::set<std::string> changed;
  WalkFiles(after, [&](const FileRep& file) {
    auto was = were.find(NameOf(file));
    if (was != were.end() && was->second != file.digest) changed.insert(was->first);
  });
  return {changed.begin(), changed.end()};
}

void CollectWaits(const Value& value, std::vector<std::string>& waits) {
  if (!value.has_pending()) return;
  if (value.is(ValueKind::kPending)) {
    const auto& waits_for = value.AsPending().waits_for;
    waits.insert(waits.end(), waits_for.begin(), waits_for.end());
    return;
  }
  ForEachPart(value, [&](const Value& part) { CollectWaits(part, waits); });
}

Result<Value> Seal(const Value& value, std::string_view secret_salt) {
  if (HoldsFunction(value)) {
    return Fail(ErrorKind::kInput, "a function cannot be recorded in the state",
                "this field takes a function, which this version of opsc cannot apply yet");
  }
  if (!value.has_secret()) return value;
  return DecodeValue(EncodeValue(value, secret_salt));
}

}  // namespace opsc
