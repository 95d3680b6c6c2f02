#include "compiler/driver/kube/typed.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/kube/schema.h"
#include "compiler/syntax/decl_index.h"
#include "opsc_stdlib.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

const EmbeddedFile* FindFile(const std::string& path) {
  for (size_t i = 0; i < kStdlibSize; ++i) {
    if (kStdlib[i].path == path) return &kStdlib[i];
  }
  return nullptr;
}

std::string FolderOf(const std::string& api_version) {
  size_t slash = api_version.find('/');
  std::string group = slash == api_version.npos ? "" : api_version.substr(0, slash);
  return kube::BuiltinFolder(group, api_version.substr(slash + 1));
}

// The text of a declaration of an embedded file; "" where it has none of the name.
std::string_view DeclarationOf(const std::string& path, const std::string& name) {
  const EmbeddedFile* file = FindFile(path);
  if (!file) return {};
  auto decls = IndexDeclarations(file->text);
  if (!decls) return {};
  auto found = std::ranges::find(*decls, name, &IndexedDecl::name);
  if (found == decls->end()) return {};
  return std::string_view(file->text).substr(found->begin, found->end - found->begin);
}

}  // namespace

bool IsBuiltinVersion(const std::string& api_version) {
  const EmbeddedFile* file = FindFile("k8s/" + FolderOf(api_version) + "/types.ops");
  return file && file->text.find("apiVersion: " + Quote(api_version)) != std::string_view::npos;
}

std::string MetadataField(const Value& object, std::string_view name) {
  const Value* metadata = object.Find("metadata");
  return metadata ? TextField(*metadata, name) : "";
}

std::optional<TypeReference> BuiltinTypeOf(const Value& object) {
  std::string api_version = TextField(object, "apiVersion");
  std::string kind = TextField(object, "kind");
  std::string folder = FolderOf(api_version);
  std::string_view text = DeclarationOf("k8s/" + folder + "/types.ops", kind);
  bool is_kind =
      text.starts_with('@') && text.find("apiVersion: " + Quote(api_version)) != text.npos;
  if (!is_kind) return std::nullopt;
  std::string local = folder;
  std::ranges::replace(local, '/', '_');
  std::string_view short_name = DeclarationOf("k8s/names.ops", kind);
  bool has_short_name = short_name.find(local + ".") != short_name.npos;
  if (has_short_name) return TypeReference{"k8s." + kind, ""};
  std::string path = folder;
  std::ranges::replace(path, '/', '.');
  return TypeReference{local + "." + kind, "std.k8s." + path};
}

}  // namespace opsc
