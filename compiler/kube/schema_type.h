// JSON schemas (OpenAPI v3, structural schemas of CRDs) → types of `.ops`.
#pragma once

#include <functional>
#include <span>

#include "compiler/kube/schema.h"

namespace opsc::kube {

// Turns schemas into types of one module. Objects with properties become declarations of their
// own, named after the way to them: `Certificate`, `CertificateSpec`.
class TypeMaker {
 public:
  // The text of the type that a `$ref` names, imported into `module` where it needs to be.
  using Refer = std::function<std::string(SchemaModule& module, const std::string& ref)>;

  TypeMaker(SchemaModule& module, Refer refer) : module_(module), refer_(std::move(refer)) {}

  // `name`: of the declaration, should there be one.
  std::string TypeOf(const Value& schema, const std::string& name);
  // Declares the record. `schema` has properties.
  void Declare(const Value& schema, const std::string& name);
  // Declares an object of the API: with `apiVersion` and `kind` as literals, `status` as an out.
  // With it comes the same as data: `DeploymentObject`.
  void DeclareKind(const Value& schema, const std::string& kind);

 private:
  std::string TypeOfText(const Value& schema, const std::string& name);
  std::string TypeOfObject(const Value& schema, const std::string& name);
  std::vector<FieldDecl> FieldsOf(const Value& schema, const std::string& name,
                                  std::span<const std::string_view> except = {});
  void DeclareObject(const Value& schema, const std::string& kind);
  void AddListChecks(const Value& schema, TypeDecl& type);

  SchemaModule& module_;
  Refer refer_;
};

// Imports std.k8s as `k8s`, for what every object has.
void ImportSupport(SchemaModule& module);

}  // namespace opsc::kube
