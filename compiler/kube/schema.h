// Types of Kubernetes objects as `.ops` declarations, on their way from schemas to sources.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/value/value.h"

namespace opsc::kube {

// One field, its type as `.ops` text.
struct FieldDecl {
  std::string name = {};
  std::string type = {};
  std::string default_value = {};  // `.ops` text; empty: none
  bool is_out = false;
  bool immutable = false;
};

// One declaration: a record, or, where `alias` is set, another name of that type.
struct TypeDecl {
  std::string name = {};
  std::string alias = {};
  bool is_kind = false;                  // heads an instance: an object of the API
  std::vector<FieldDecl> fields = {};    // in the order of their names, apiVersion and kind first
  std::vector<std::string> checks = {};  // `COND else "message"`
};

// The types of one version of one API group.
struct SchemaModule {
  std::string group;    // as in apiVersion: "", "apps", "rbac.authorization.k8s.io"
  std::string version;  // "v1"
  std::map<std::string, TypeDecl> types;
  std::map<std::string, std::string> imports;  // local name -> what is imported, as `.ops` text
  std::vector<std::string> notes;  // what of the schema is not in the types, one sentence each

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
};

// By path of the module's folder: "apps/v1", "cert-manager.io/v1".
using SchemaModules = std::map<std::string, SchemaModule>;

// The built-in groups as modules of std.k8s itself, or all others, which use std.k8s.
enum class SchemaPart { kBuiltin, kCustom };

// Kubernetes' OpenAPI v3 documents, as an API server serves them below /openapi/v3/.
Result<SchemaModules> SchemasOfOpenApi(const std::vector<Value>& documents, SchemaPart part);

// CustomResourceDefinitions (apiextensions.k8s.io/v1); of the documents, all else is left out.
Result<SchemaModules> SchemasOfCrds(const std::vector<Value>& documents);

// One source file: its path below the output folder, and its formatted text.
struct SchemaFile {
  std::string path;
  std::string text;
};

// `command`: how to make them again, for the first line.
Result<std::vector<SchemaFile>> WriteSchemas(const SchemaModules& modules, SchemaPart part,
                                             const std::string& command);

// The folder of a built-in group's version in std.k8s: "rbac/v1". A group is named by its first
// label, the one without a name is `core`.
std::string BuiltinFolder(const std::string& group, const std::string& version);

}  // namespace opsc::kube
