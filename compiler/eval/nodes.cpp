#include "compiler/eval/nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "compiler/eval/meta.h"
#include "compiler/eval/rows.h"

namespace opsc::eval {
namespace {

// Collects the edges of one node: to each address once a reason, with the most exact path first.
class EdgeList {
 public:
  EdgeList(Interpreter& in, const std::string& own) : in_(in), own_(own) {}

  void Add(const std::string& to, Edge::Reason reason, const std::string& path) {
    if (to == own_ || to.starts_with(kUnreadSecret)) return;
    std::string key = to;
    key += reason == Edge::Reason::kData ? '\1' : '\2';
    if (seen_.insert(std::move(key)).second) edges_.push_back(Edge{to, reason, path});
  }

  // What the value itself names: pending values, files of tasks, instances.
  void AddValue(const Value& value, Edge::Reason reason, const std::string& path) {
    switch (value.kind()) {
      case ValueKind::kPending:
        for (const std::string& to : value.AsPending().waits_for) Add(to, reason, path);
        break;
      case ValueKind::kFile:
        if (!value.AsFile().producer.empty()) Add(value.AsFile().producer, reason, path);
        break;
      case ValueKind::kInstance:
        AddInstances(value, reason, path);
        break;
      case ValueKind::kList:
        for (size_t i = 0; i < value.AsList().size(); ++i) {
          if (HasParts(value.AsList()[i])) {
            AddValue(value.AsList()[i], reason, fmt::format("{}[{}]", path, i));
          }
        }
        break;
      case ValueKind::kRecord:
        for (const auto& [name, field] : value.AsRecord()) {
          if (HasParts(field)) AddValue(field, reason, path + "." + name.str());
        }
        break;
      case ValueKind::kTemplate:
        for (const Value& hole : value.AsTemplate().holes) AddValue(hole, reason, path);
        break;
      case ValueKind::kFiles:
        for (const Value& file : value.AsFiles().files) AddValue(file, reason, path);
        break;
      default:
        break;
    }
  }

  void AddTouched(size_t mark, Edge::Reason reason, const std::string& path) {
    auto& touched = in_.touched();
    for (size_t i = mark; i < touched.size(); ++i) Add(touched[i]->address, reason, path);
    touched.resize(mark);
  }

  std::vector<Edge> Take() { return std::move(edges_); }

 private:
  static bool HasParts(const Value& value) { return value.kind() >= ValueKind::kFile; }

  void AddInstances(const Value& value, Edge::Reason reason, const std::string& path) {
    std::vector<Instance*> instances;
    AddGoals(in_, value, instances);
    for (const Instance* instance : instances) Add(instance->address, reason, path);
  }

  Interpreter& in_;
  const std::string& own_;
  std::vector<Edge> edges_;
  std::unordered_set<std::string> seen_;
};

// The kind of resource that makes the instance true.
Symbol KindOf(const Interpreter& in, const Instance& instance) {
  auto info = in.model().nominals.find(static_cast<uint32_t>(instance.decl->type));
  bool named = info != in.model().nominals.end() && !info->second.kind.empty();
  return named ? info->second.kind : instance.type->name;
}

// The value of a field as the kind takes it: `file` instances as files, secrets marked.
Value FieldForKind(Interpreter& in, const Instance& instance, const InstanceField& field,
                   Value value) {
  RowRole role = RowRoleOf(in.model(), instance.decl->type, field.name);
  if (role != RowRole::kNone) return RowFieldForKind(in, instance, field, role, std::move(value));
  const auto& fields = instance.type->fields;
  auto declared = std::ranges::find(fields, field.name, &RecordField::name);
  if (declared == fields.end() || !in.ensurer().Converts(declared->type)) return value;
  return in.ensurer().Ensure(value, declared->type, field.span);
}

// Edges that the components around an instance want for all that is in them.
void AddAfterOfComponents(Interpreter& in, Instance& instance, EdgeList& edges, Meta& meta) {
  for (Activation* at = instance.around->owner; at->component != nullptr;) {
    Instance& component = *at->component;
    auto after = in.FindMember(component, Symbol("after"));
    if (after && IsMeta(component, Symbol("after"))) {
      size_t mark = in.touched().size();
      Value value = in.MemberValue(component, *after);
      if (in.failed()) return;
      edges.AddValue(value, Edge::Reason::kAfter, "after");
      edges.AddTouched(mark, Edge::Reason::kAfter, "after");
    }
    TakeMetaOfComponent(in, component, meta);
    if (in.failed()) return;
    at = component.around->owner;
  }
}

std::vector<OutDecl> OutsOf(Interpreter& in, Instance& instance, EdgeList* edges) {
  std::vector<OutDecl> outs;
  for (size_t i = 0; i < instance.decl->outs.size(); ++i) {
    const InstanceOut& decl = instance.decl->outs[i];
    size_t mark = in.touched().size();
    Value value = in.MemberValue(instance, instance.decl->fields.size() + i);
    if (in.failed()) return outs;
    if (edges != nullptr) {
      edges->AddValue(value, Edge::Reason::kData, decl.name.str());
      edges->AddTouched(mark, Edge::Reason::kData, decl.name.str());
    }
    outs.push_back(OutDecl{decl.name, std::move(value), in.IsFileOut(instance, i)});
  }
  return outs;
}

// Adds to `goals` what is not in `known` yet, and to `known` too.
void GatherGoals(Interpreter& in, const Value& value, std::unordered_set<Instance*>& known,
                 std::vector<Instance*>& goals) {
  if (value.is(ValueKind::kList)) {
    for (const Value& item : value.AsList()) GatherGoals(in, item, known, goals);
  } else if (value.is(ValueKind::kRecord)) {
    for (const auto& [name, item] : value.AsRecord()) GatherGoals(in, item, known, goals);
  } else if (value.is(ValueKind::kInstance)) {
    Instance* instance = in.ByAddress(value.AsInstance().address);
    if (instance == nullptr) return;
    std::vector<Instance*> all{instance};
    if (instance->kind == InstanceKind::kComponent) in.Collect(in.BodyOf(*instance), all);
    for (Instance* each : all) {
      if (each->kind == InstanceKind::kNode && known.insert(each).second) goals.push_back(each);
    }
  }
}

}  // namespace

std::optional<Node> MakeNode(Interpreter& in, Instance& instance) {
  Node node;
  node.address = instance.address;
  node.type = KindOf(in, instance).str();
  node.origin = in.Location(in.model().items[instance.item].span);
  node.doc = in.model().items[instance.item].doc;
  EdgeList edges(in, instance.address);
  std::vector<Field> fields;
  bool failed = false;
  for (size_t i = 0; i < instance.decl->fields.size(); ++i) {
    const InstanceField& field = instance.decl->fields[i];
    bool meta = IsMeta(instance, field.name);
    size_t mark = in.touched().size();
    Value value = in.MemberValue(instance, i);
    if (!in.failed() && !meta) value = FieldForKind(in, instance, field, std::move(value));
    if (!in.failed() && meta) TakeMeta(in, instance, field, value, node.meta);
    if (in.TakeFailure()) {
      failed = true;  // the other fields may have errors of their own
      continue;
    }
    auto reason = field.name.text() == "after" && meta ? Edge::Reason::kAfter : Edge::Reason::kData;
    edges.AddValue(value, reason, field.name.str());
    edges.AddTouched(mark, reason, field.name.str());
    if (!meta) fields.emplace_back(field.name, std::move(value));
  }
  node.outs = OutsOf(in, instance, &edges);
  AddAfterOfComponents(in, instance, edges, node.meta);
  if (in.TakeFailure() || failed) return std::nullopt;
  node.edges = edges.Take();
  node.fields = Value::Record(std::move(fields));
  return node;
}

std::optional<Program::Resolved> ResolveNode(Interpreter& in, Instance& instance,
                                             const Node& node) {
  std::vector<Field> fields;
  for (size_t i = 0; i < instance.decl->fields.size(); ++i) {
    const InstanceField& field = instance.decl->fields[i];
    if (IsMeta(instance, field.name)) continue;
    if (const Value* made = node.fields.Find(field.name); made && !made->has_pending()) {
      fields.emplace_back(field.name, *made);
      continue;
    }
    Value value = in.MemberValue(instance, i);
    if (!in.failed()) value = FieldForKind(in, instance, field, std::move(value));
    if (in.failed()) return std::nullopt;
    fields.emplace_back(field.name, std::move(value));
  }
  std::vector<OutDecl> outs = OutsOf(in, instance, nullptr);
  if (in.failed()) return std::nullopt;
  return Program::Resolved{Value::Record(std::move(fields)), std::move(outs)};
}

Value InstanceAsRecord(Interpreter& in, Instance& instance) {
  std::vector<Field> fields;
  std::vector<Symbol> names;
  for (const InstanceField& field : instance.decl->fields) names.push_back(field.name);
  for (const InstanceOut& out : instance.decl->outs) names.push_back(out.name);
  for (const RecordField& out : instance.type->outs) names.push_back(out.name);
  for (Symbol name : names) {
    bool twice = std::ranges::find(fields, name, &Field::first) != fields.end();
    auto value = twice ? std::nullopt : in.Member(instance, name, Span{});
    if (in.failed()) return {};
    if (value) fields.emplace_back(name, *std::move(value));
  }
  return Value::Record(std::move(fields));
}

void AddGoals(Interpreter& in, const Value& value, std::vector<Instance*>& goals) {
  std::unordered_set<Instance*> known(goals.begin(), goals.end());
  GatherGoals(in, value, known, goals);
}

void RefuseRings(const Graph& graph, Interpreter& in) {
  auto index = graph.BuildIndex();
  enum class Seen : uint8_t { kNo, kAbove, kDone };
  std::vector<Seen> seen(graph.nodes.size(), Seen::kNo);
  struct Step {
    size_t node;
    size_t edge;
  };
  for (size_t start = 0; start < graph.nodes.size(); ++start) {
    if (seen[start] != Seen::kNo) continue;
    std::vector<Step> above{{start, 0}};
    seen[start] = Seen::kAbove;
    while (!above.empty()) {
      Step& top = above.back();
      const Node& node = graph.nodes[top.node];
      if (top.edge == node.edges.size()) {
        seen[top.node] = Seen::kDone;
        above.pop_back();
        continue;
      }
      auto to = index.find(node.edges[top.edge++].to);
      if (to == index.end() || seen[to->second] == Seen::kDone) continue;
      if (seen[to->second] == Seen::kNo) {
        seen[to->second] = Seen::kAbove;
        above.push_back({to->second, 0});
        continue;
      }
      auto from = std::ranges::find(above, to->second, &Step::node);
      std::string chain;
      for (auto at = from; at != above.end(); ++at) chain += graph.nodes[at->node].address + " → ";
      const std::string& first = graph.nodes[to->second].address;
      in.Fail(Diag::kDependencyCycle, in.model().items[in.ByAddress(first)->item].span,
              {first, chain + first});
      for (auto at = from; at != above.end(); ++at) {
        const Edge& edge = graph.nodes[at->node].edges[at->edge - 1];
        Instance& user = *in.ByAddress(graph.nodes[at->node].address);
        in.Relate(in.model().items[user.item].span,
                  fmt::format("`{}` uses `{}` in `{}`", user.address, edge.to, edge.path));
      }
      return;
    }
  }
}

}  // namespace opsc::eval
