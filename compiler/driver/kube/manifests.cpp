#include "compiler/driver/kube/manifests.h"

#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>

#include "runtime/value/json.h"
#include "runtime/yaml/cut.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

constexpr size_t kChunk = 65536;

// Bytes of the standard input, as they come; empty at its end.
Result<std::string> ReadSome() {
  std::string buffer(kChunk, '\0');
  ssize_t n = 0;
  do {
    n = read(STDIN_FILENO, buffer.data(), buffer.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) return FailErrno("cannot read the standard input", errno);
  buffer.resize(static_cast<size_t>(n));
  return buffer;
}

Result<std::string> ReadAll(Env& env, const std::string& path) {
  if (path != "-") return env.ReadFile(path);
  std::string text;
  for (;;) {
    OPS_ASSIGN(const std::string some, ReadSome());
    if (some.empty()) return text;
    text += some;
  }
}

std::string NameOf(const std::string& path) {
  return path == "-" ? "<stdin>" : path;
}

// JSON of one document is read by the faster reader.
Result<std::vector<YamlDocument>> Documents(const std::string& text, int first_line) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != text.npos && (text[begin] == '{' || text[begin] == '[')) {
    if (auto value = FromJson(text))
      return std::vector{YamlDocument{*std::move(value), first_line}};
  }
  return ReadYaml(text, {.first_line = first_line});
}

bool IsList(const Value& value) {
  const Value* kind = value.Find("kind");
  const Value* items = value.Find("items");
  bool list = kind && kind->is(ValueKind::kString) && kind->AsString().ends_with("List");
  return list && items && items->is(ValueKind::kList);
}

}  // namespace

Result<std::vector<LocatedObject>> ObjectsIn(const std::string& name, const std::string& text,
                                             int first_line) {
  auto documents = Documents(text, first_line);
  if (!documents) {
    return Fail(ErrorKind::kInput, fmt::format("{}: {}", name, documents.error().message),
                documents.error().hint);
  }
  std::vector<LocatedObject> manifests;
  for (size_t i = 0; i < documents->size(); ++i) {
    YamlDocument& document = (*documents)[i];
    if (document.value.is_null()) continue;
    if (!document.value.is(ValueKind::kRecord)) {
      return Fail(ErrorKind::kInput,
                  fmt::format("{}: line {}: this is no object", name, document.line));
    }
    if (!IsList(document.value)) {
      manifests.push_back({std::move(document.value), name, document.line, i, {}});
      continue;
    }
    size_t number = 0;
    for (const Value& item : document.value.Find("items")->AsList()) {
      manifests.push_back({item, name, document.line, i, number++});
    }
  }
  return manifests;
}

Result<std::vector<LocatedObject>> ReadManifests(Env& env, const std::string& path) {
  OPS_ASSIGN(std::string text, ReadAll(env, path));
  return ObjectsIn(NameOf(path), text);
}

Status ForEachManifest(Env& env, const std::string& path,
                       const std::function<Status(const LocatedObject&)>& take) {
  StreamCutter cutter;
  auto take_piece = [&](const StreamPiece& piece) -> Status {
    OPS_ASSIGN(auto objects, ObjectsIn(NameOf(path), piece.text, piece.line));
    for (const LocatedObject& object : objects) OPS_TRY(take(object));
    return {};
  };
  for (bool more = true; more;) {
    OPS_ASSIGN(const std::string some, path == "-" ? ReadSome() : env.ReadFile(path));
    more = path == "-" && !some.empty();
    cutter.Add(some);
    while (auto piece = cutter.Next()) OPS_TRY(take_piece(*piece));
  }
  if (auto piece = cutter.Last()) return take_piece(*piece);
  return {};
}

}  // namespace opsc
