#include "runtime/kube/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/base64.h"
#include "runtime/kube/inventory.h"
#include "runtime/value/fields.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

bool IsTrue(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kBool) && field->AsBool();
}

Value WithoutNulls(const Value& value) {
  if (value.is(ValueKind::kRecord)) {
    std::vector<Field> fields;
    for (const auto& [name, field] : value.AsRecord()) {
      if (!field.is_null()) fields.emplace_back(name, WithoutNulls(field));
    }
    Value record = Value::Record(std::move(fields));
    return value.secret() ? record.WithSecret() : record;
  }
  if (value.is(ValueKind::kList)) {
    std::vector<Value> items;
    for (const Value& item : value.AsList()) {
      if (!item.is_null()) items.push_back(WithoutNulls(item));
    }
    Value list = Value::List(std::move(items));
    return value.secret() ? list.WithSecret() : list;
  }
  return value;
}

bool HasNulls(const Value& value) {
  if (value.is(ValueKind::kRecord)) {
    return std::ranges::any_of(value.AsRecord(), [](const Field& field) {
      return field.second.is_null() || HasNulls(field.second);
    });
  }
  if (!value.is(ValueKind::kList)) return false;
  return std::ranges::any_of(value.AsList(),
                             [](const Value& item) { return item.is_null() || HasNulls(item); });
}

Value Without(const Value& record, std::string_view name) {
  if (record.Find(name) == nullptr) return record;
  std::vector<Field> fields(record.AsRecord().begin(), record.AsRecord().end());
  Symbol symbol(name);
  std::erase_if(fields, [&](const Field& field) { return field.first == symbol; });
  return Value::Record(std::move(fields));
}

Value FieldOr(const Value& record, std::string_view name, Value otherwise) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kRecord) ? *field : otherwise;
}

// What the server would do with `stringData`, which nobody can own, done here.
Value FoldStringData(const Value& object) {
  const Value* texts = object.Find("stringData");
  if (texts == nullptr || !texts->is(ValueKind::kRecord)) return object;
  Value data = FieldOr(object, "data", Value::Record({}));
  for (const auto& [name, text] : texts->AsRecord()) {
    if (!text.is(ValueKind::kString)) continue;
    data = WithField(data, name.text(), Value::String(EncodeBase64(text.AsString())));
  }
  return WithField(Without(object, "stringData"), "data", std::move(data));
}

Value Marked(const Value& object, const SentAs& as) {
  Value metadata = FieldOr(object, "metadata", Value::Record({}));
  Value labels = FieldOr(metadata, "labels", Value::Record({}));
  if (labels.Find(kManagedByLabel) == nullptr) {
    labels = WithField(labels, kManagedByLabel, Value::String(kFieldManager));
  }
  if (!as.set_id.empty() && labels.Find(kPartOfLabel) == nullptr) {
    labels = WithField(labels, kPartOfLabel, Value::String(as.set_id));
  }
  Value annotations = FieldOr(metadata, "annotations", Value::Record({}));
  if (!as.address.empty()) {
    annotations = WithField(annotations, kAddressAnnotation, Value::String(as.address));
  }
  if (!as.token.empty()) {
    annotations = WithField(annotations, kIntentAnnotation, Value::String(as.token));
  }
  metadata = WithField(metadata, "labels", std::move(labels));
  metadata = WithField(metadata, "annotations", std::move(annotations));
  return WithField(object, "metadata", std::move(metadata));
}

}  // namespace

std::string TextAt(const Value& record, std::string_view name) {
  const Value* field = record.Find(name);
  return field != nullptr && field->is(ValueKind::kString) ? std::string(field->AsString()) : "";
}

std::string TextAt(const Value& record, std::string_view outer, std::string_view name) {
  const Value* inner = record.Find(outer);
  return inner == nullptr ? "" : TextAt(*inner, name);
}

std::string AnnotationOf(const Value& object, std::string_view name) {
  const Value* metadata = object.Find("metadata");
  return metadata == nullptr ? "" : TextAt(*metadata, "annotations", name);
}

std::string Manifest::group() const {
  size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

Result<Manifest> ManifestOf(const Value& fields) {
  Manifest manifest;
  if (const Value* cluster = fields.Find("cluster"); cluster != nullptr && !cluster->is_null()) {
    manifest.cluster = {TextAt(*cluster, "kubeconfig"), TextAt(*cluster, "context"),
                        TextAt(*cluster, "namespace")};
    manifest.force = IsTrue(*cluster, "force");
  }
  manifest.object = Without(fields, "cluster");
  if (HasNulls(manifest.object)) manifest.object = WithoutNulls(manifest.object);
  manifest.api_version = TextAt(fields, "apiVersion");
  manifest.kind = TextAt(fields, "kind");
  manifest.name = TextAt(fields, "metadata", "name");
  manifest.name_space = TextAt(fields, "metadata", "namespace");
  if (manifest.api_version.empty() || manifest.kind.empty()) {
    return Fail(ErrorKind::kInput, "`apiVersion` and `kind` of an object are needed");
  }
  if (manifest.name.empty()) {
    return Fail(ErrorKind::kInput, fmt::format("the {} has no `metadata.name`", manifest.kind),
                "`generateName` makes another object each time, and cannot be kept true");
  }
  return manifest;
}

std::string Describe(const Manifest& manifest, const std::string& name_space) {
  return fmt::format("{} `{}{}{}`", manifest.kind, name_space, name_space.empty() ? "" : "/",
                     manifest.name);
}

std::string ToApply(const Manifest& manifest, const SentAs& as) {
  Value object = manifest.is_secret() ? FoldStringData(manifest.object) : manifest.object;
  return ToJson(Marked(object, as), SecretPolicy::kReveal);
}

}  // namespace opsc
