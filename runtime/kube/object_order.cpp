#include "runtime/kube/object_order.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "runtime/kube/manifest.h"

namespace opsc {
namespace {

// A field that names another object of the same namespace.
struct Reference {
  std::string_view field;  // "configMapRef": a record with the name in `name`
  std::string_view name;   // empty: the field is the name itself
  std::string_view kind;
};
constexpr std::array<Reference, 12> kReferences = {{
    {"configMapRef", "name", "ConfigMap"},
    {"configMapKeyRef", "name", "ConfigMap"},
    {"configMap", "name", "ConfigMap"},
    {"secretRef", "name", "Secret"},
    {"secretKeyRef", "name", "Secret"},
    {"secret", "secretName", "Secret"},
    {"secret", "name", "Secret"},
    {"imagePullSecrets", "name", "Secret"},
    {"persistentVolumeClaim", "claimName", "PersistentVolumeClaim"},
    {"serviceAccountName", "", "ServiceAccount"},
    {"priorityClassName", "", "PriorityClass"},
    {"storageClassName", "", "StorageClass"},
}};
constexpr std::array<std::string_view, 7> kWorkloads = {
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"};

// The names of one object's order.
class Names {
 public:
  explicit Names(const Value& fields) : fields_(fields) {
    const Value* cluster = fields.Find("cluster");
    if (cluster != nullptr) {
      prefix_ = TextAt(*cluster, "kubeconfig") + '\n' + TextAt(*cluster, "context") + '\n';
    }
    space_ = TextAt(fields, "metadata", "namespace");
  }

  void Provide(std::string_view what, std::string_view name_space, std::string_view name) {
    order_.provides.push_back(Name(what, name_space, name));
  }
  void Need(std::string_view what, std::string_view name_space, std::string_view name) {
    if (!name.empty()) order_.needs.push_back(Name(what, name_space, name));
  }
  // Everything below `value` that names another object.
  void NeedReferences(const Value& value) {
    if (value.is(ValueKind::kList)) {
      for (const Value& item : value.AsList()) NeedReferences(item);
    }
    if (!value.is(ValueKind::kRecord)) return;
    for (const auto& [name, field] : value.AsRecord()) {
      for (const Reference& reference : kReferences) {
        if (reference.field == name.text()) NeedReferred(reference, field);
      }
      NeedReferences(field);
    }
  }

  const Value& fields() const { return fields_; }
  const std::string& space() const { return space_; }
  NaturalOrder Take() { return std::move(order_); }

 private:
  std::string Name(std::string_view what, std::string_view name_space,
                   std::string_view name) const {
    std::string text = prefix_;
    text.append(what).append(" ").append(name_space).append("/").append(name);
    return text;
  }
  void NeedReferred(const Reference& reference, const Value& field) {
    if (field.is(ValueKind::kList)) {
      for (const Value& item : field.AsList()) NeedReferred(reference, item);
    } else if (field.is(ValueKind::kString)) {
      if (reference.name.empty()) NeedKind(reference.kind, field.AsString());
    } else if (!reference.name.empty()) {
      NeedKind(reference.kind, TextAt(field, reference.name));
    }
  }
  void NeedKind(std::string_view kind, std::string_view name) {
    bool clusterwide = kind == "PriorityClass" || kind == "StorageClass";
    Need(kind, clusterwide ? "" : space_, name);
  }

  const Value& fields_;
  std::string prefix_;
  std::string space_;
  NaturalOrder order_;
};

template <typename Visit>
void ForEachItem(const Value* list, const Visit& visit) {
  if (list == nullptr || !list->is(ValueKind::kList)) return;
  for (const Value& item : list->AsList()) visit(item);
}

const Value* At(const Value& record, std::string_view outer, std::string_view name) {
  const Value* inner = record.Find(outer);
  return inner == nullptr ? nullptr : inner->Find(name);
}

// The service accounts that a binding gives rights to.
template <typename Visit>
void ForEachAccount(const Names& names, const Visit& visit) {
  ForEachItem(names.fields().Find("subjects"), [&](const Value& subject) {
    if (TextAt(subject, "kind") != "ServiceAccount") return;
    std::string space = TextAt(subject, "namespace");
    visit(space.empty() ? names.space() : space, TextAt(subject, "name"));
  });
}

void OrderBinding(Names& names) {
  std::string role = TextAt(names.fields(), "roleRef", "kind");
  names.Need(role, role == "ClusterRole" ? "" : names.space(),
             TextAt(names.fields(), "roleRef", "name"));
  ForEachAccount(names, [&](const std::string& space, const std::string& account) {
    names.Need("ServiceAccount", space, account);
    names.Provide("rights", space, account);
  });
}

void OrderWorkload(Names& names) {
  names.Provide("workloads", names.space(), "*");
  const Value* spec = names.fields().Find("spec");
  if (spec == nullptr) return;
  const Value* pod = At(*spec, "template", "spec");
  if (const Value* job = At(*spec, "jobTemplate", "spec")) pod = At(*job, "template", "spec");
  const Value& pod_spec = pod == nullptr ? *spec : *pod;
  std::string account = TextAt(pod_spec, "serviceAccountName");
  names.Need("rights", names.space(), account.empty() ? "default" : account);
}

void OrderWebhook(Names& names) {
  ForEachItem(names.fields().Find("webhooks"), [&](const Value& webhook) {
    const Value* service = At(webhook, "clientConfig", "service");
    if (service == nullptr) return;
    names.Need("Service", TextAt(*service, "namespace"), TextAt(*service, "name"));
    names.Need("workloads", TextAt(*service, "namespace"), "*");
  });
}

void OrderByKind(Names& names, const std::string& kind) {
  const Value& fields = names.fields();
  if (kind == "CustomResourceDefinition") {
    if (const Value* spec = fields.Find("spec")) {
      names.Provide("definition", TextAt(*spec, "group"), TextAt(*spec, "names", "kind"));
    }
  } else if (kind == "RoleBinding" || kind == "ClusterRoleBinding") {
    OrderBinding(names);
  } else if (kind == "ValidatingWebhookConfiguration" || kind == "MutatingWebhookConfiguration") {
    OrderWebhook(names);
  } else if (kind == "HorizontalPodAutoscaler") {
    if (const Value* target = At(fields, "spec", "scaleTargetRef")) {
      names.Need(TextAt(*target, "kind"), names.space(), TextAt(*target, "name"));
    }
  } else if (std::ranges::find(kWorkloads, kind) != kWorkloads.end()) {
    OrderWorkload(names);
  }
}

}  // namespace

NaturalOrder OrderOfObject(const Value& fields) {
  Names names(fields);
  std::string kind = TextAt(fields, "kind");
  std::string version = TextAt(fields, "apiVersion");
  size_t slash = version.find('/');
  std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  names.Provide(kind, names.space(), TextAt(fields, "metadata", "name"));
  names.Need("Namespace", "", names.space());
  if (!group.empty()) names.Need("definition", group, kind);
  if (const Value* spec = fields.Find("spec")) names.NeedReferences(*spec);
  OrderByKind(names, kind);
  return names.Take();
}

std::vector<std::string> ClaimsOfObject(const Value& fields) {
  Result<Manifest> manifest = ManifestOf(fields);
  if (!manifest) return {};
  const ClusterRef& cluster = manifest->cluster;
  std::string claim = fmt::format(
      "{} {}/{}", manifest->kind,
      manifest->name_space.empty() ? cluster.name_space : manifest->name_space, manifest->name);
  if (!manifest->group().empty()) claim += " of " + manifest->group();
  if (!cluster.context.empty()) claim += " in " + cluster.context;
  if (!cluster.kubeconfig.empty()) claim += " by " + cluster.kubeconfig;
  return {std::move(claim)};
}

}  // namespace opsc
