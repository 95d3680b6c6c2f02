#include "runtime/kind/file_content.h"

#include <fmt/format.h>

#include "runtime/base/digest.h"
#include "runtime/graph/content_store.h"
#include "runtime/graph/pin.h"
#include "runtime/kind/project_path.h"
#include "runtime/value/encode.h"
#include "runtime/value/fields.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

constexpr size_t kLongestShown = 65'536;  // bytes

Result<std::string> ReadStored(const KindContext& context, const FileRep& file) {
  OPS_ASSIGN(const std::vector<TreeEntry> tree, context.store->GetTree(file.digest));
  const bool one_file =
      tree.size() == 1 && tree[0].path.empty() &&
      (tree[0].type == TreeEntry::Type::kFile || tree[0].type == TreeEntry::Type::kExecutable);
  if (!one_file) {
    return Fail(ErrorKind::kInput, fmt::format("`{}` is not a single file", file.path),
                "the content of a file is one file: let the task pack the directory first");
  }
  return context.store->Get(tree[0].blob);
}

Result<std::string> ReadFileValue(const KindContext& context, const FileRep& file) {
  if (!file.digest.empty() && context.store != nullptr) {
    if (!file.producer.empty()) return ReadStored(context, file);
  }
  if (!file.producer.empty() && file.digest.empty()) {
    return Fail(
        ErrorKind::kInput,
        fmt::format("the output `{}` of {} has not been made yet", file.output, file.producer),
        "apply without --exclude, so that the task runs first");
  }
  OPS_ASSIGN(const std::string path, ResolveSource(context, file.path));
  OPS_ASSIGN(std::string bytes, context.env->ReadFile(path));
  if (!file.digest.empty() && context.store != nullptr) {
    OPS_ASSIGN(const Digest now, context.store->DigestPath(path));
    OPS_TRY(CheckPin(file, now));
  }
  return bytes;
}

}  // namespace

Result<FileContent> ReadContent(const KindContext& context, const Value& content) {
  switch (content.kind()) {
    case ValueKind::kString:
    case ValueKind::kBytes:
      return FileContent{std::string(content.AsString()), content.secret()};
    case ValueKind::kFile: {
      OPS_ASSIGN(std::string bytes, ReadFileValue(context, content.AsFile()));
      return FileContent{std::move(bytes), content.secret()};
    }
    case ValueKind::kInstance: {  // another `file` is a value of type file
      const std::string path = TextField(content.AsInstance().fields, "path");
      OPS_ASSIGN(const std::string resolved, ResolvePath(context, path));
      OPS_ASSIGN(std::string bytes, context.env->ReadFile(resolved));
      return FileContent{std::move(bytes), false};
    }
    default:
      return Fail(ErrorKind::kInput, "the content is neither text nor a file",
                  "give a string, a file or a secret string");
  }
}

std::string ContentDigest(std::string_view bytes, const std::string& salt) {
  if (salt.empty()) return Sha256(bytes).Hex();
  return DigestOf(Value::Bytes(bytes).WithSecret(), salt).Hex();
}

Value ShowBytes(std::string_view bytes) {
  if (bytes.size() <= kLongestShown && IsUtf8(bytes)) return Value::String(bytes);
  return Value::String(fmt::format("({} bytes, sha256 {})", bytes.size(), Sha256(bytes).Short()));
}

}  // namespace opsc
