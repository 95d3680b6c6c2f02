#include "runtime/value/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "runtime/base/check.h"

namespace opsc {
namespace {

struct FunctionBox : Rep {
  explicit FunctionBox(std::shared_ptr<const void> c) : closure(std::move(c)) {}
  std::shared_ptr<const void> closure;
};

static_assert(sizeof(StringRep) == 8 && sizeof(ListRep) == 8 && sizeof(RecordRep) == 8);
static_assert(alignof(Value) <= 8 && alignof(Field) <= 8);

template <typename T>
T* NewSized(size_t count, size_t tail_bytes) {
  OPS_CHECK(count <= std::numeric_limits<uint32_t>::max(), "a value has too many parts");
  T* rep = new (::operator new(sizeof(T) + tail_bytes)) T;
  rep->size = static_cast<uint32_t>(count);
  return rep;
}

template <typename T>
void DeleteSized(const Rep* rep) {
  const T* typed = static_cast<const T*>(rep);
  typed->~T();
  ::operator delete(const_cast<T*>(typed));
}

void BuildIndex(RecordRep* rep) {
  auto* index = const_cast<uint32_t*>(rep->index());
  for (uint32_t i = 0; i < rep->size; ++i) index[i] = i;
  const Field* fields = rep->fields();
  std::sort(index, index + rep->size, [fields](uint32_t a, uint32_t b) {
    return fields[a].first.index() < fields[b].first.index();
  });
}

const Value* FindIn(const RecordRep* rep, Symbol name) {
  const Field* fields = rep->fields();
  if (rep->size < RecordRep::kIndexed) {
    for (uint32_t i = 0; i < rep->size; ++i) {
      if (fields[i].first == name) return &fields[i].second;
    }
    return nullptr;
  }
  const uint32_t* end = rep->index() + rep->size;
  const uint32_t* at =
      std::lower_bound(rep->index(), end, name.index(),
                       [fields](uint32_t i, uint32_t n) { return fields[i].first.index() < n; });
  return at != end && fields[*at].first == name ? &fields[*at].second : nullptr;
}

}  // namespace

struct FunctionRep : FunctionBox {
  using FunctionBox::FunctionBox;
};

void Value::Absorb(Head& head, const Value& part) {
  head.Add(part.head_.flags() & (kHasSecretFlag | kHasPendingFlag));
  int depth = part.head_.depth() == 255 ? 255 : part.head_.depth() + 1;
  if (depth > head.depth()) head.set_depth(static_cast<uint8_t>(depth));
}

Value Value::Text(ValueKind kind, std::string_view text) {
  auto* rep = NewSized<StringRep>(text.size(), text.size());
  if (!text.empty()) std::memcpy(const_cast<char*>(rep->data()), text.data(), text.size());
  return Heap(Head(kind), rep);
}

Value Value::String(std::string_view text) {
  return Text(ValueKind::kString, text);
}
Value Value::Bytes(std::string_view bytes) {
  return Text(ValueKind::kBytes, bytes);
}

Value Value::ListOf(std::span<Value> items) {
  auto* rep = NewSized<ListRep>(items.size(), items.size() * sizeof(Value));
  Head head(ValueKind::kList, 0, 1);
  for (const Value& item : items) Absorb(head, item);
  std::uninitialized_move(items.begin(), items.end(), const_cast<Value*>(rep->items()));
  return Heap(head, rep);
}

Value Value::Ints(int64_t first, size_t count) {
  auto* rep = NewSized<ListRep>(count, count * sizeof(Value));
  auto* items = const_cast<Value*>(rep->items());
  for (size_t i = 0; i < count; ++i) new (items + i) Value(Int(first + static_cast<int64_t>(i)));
  return Heap(Head(ValueKind::kList, 0, 1), rep);
}

Value Value::RecordOf(std::span<Field> fields) {
  bool indexed = fields.size() >= RecordRep::kIndexed;
  size_t bytes = fields.size() * (sizeof(Field) + (indexed ? sizeof(uint32_t) : 0));
  auto* rep = NewSized<RecordRep>(fields.size(), bytes);
  Head head(ValueKind::kRecord, 0, 1);
  for (const Field& field : fields) Absorb(head, field.second);
  std::uninitialized_move(fields.begin(), fields.end(), const_cast<Field*>(rep->fields()));
  if (indexed) BuildIndex(rep);
  return Heap(head, rep);
}

Value Value::List(std::vector<Value> items) {
  return ListOf(items);
}
Value Value::Record(std::vector<Field> fields) {
  return RecordOf(fields);
}

Value Value::File(FileRep file) {
  return Heap(Head(ValueKind::kFile), new FileRep(file));
}

Value Value::Files(FilesRep files) {
  Head head(ValueKind::kFiles, 0, 1);
  for (const Value& file : files.files) Absorb(head, file);
  return Heap(head, new FilesRep(files));
}

Value Value::Template(TemplateRep text) {
  OPS_CHECK(text.texts.size() == text.holes.size() + 1, "a template has one text more than holes");
  Head head(ValueKind::kTemplate, 0, 1);
  for (const Value& hole : text.holes) Absorb(head, hole);
  return Heap(head, new TemplateRep(text));
}

Value Value::Instance(InstanceRep instance) {
  return Heap(Head(ValueKind::kInstance), new InstanceRep(instance));
}

Value Value::Pending(std::vector<std::string> waits_for) {
  std::sort(waits_for.begin(), waits_for.end());
  waits_for.erase(std::unique(waits_for.begin(), waits_for.end()), waits_for.end());
  auto* rep = new PendingRep;
  rep->waits_for = std::move(waits_for);
  return Heap(Head(ValueKind::kPending, kHasPendingFlag), rep);
}

Value Value::Function(std::shared_ptr<const void> closure, std::span<const Value> captured) {
  Head head(ValueKind::kFunction, 0, 1);
  for (const Value& value : captured) Absorb(head, value);
  return Heap(head, new FunctionRep(std::move(closure)));
}

void Value::Destroy() {
  const Rep* rep = payload_.rep;
  switch (head_.kind()) {
    case ValueKind::kString:
    case ValueKind::kBytes:
      return DeleteSized<StringRep>(rep);
    case ValueKind::kList: {
      auto items = AsList();
      std::destroy(items.begin(), items.end());
      return DeleteSized<ListRep>(rep);
    }
    case ValueKind::kRecord: {
      auto fields = AsRecord();
      std::destroy(fields.begin(), fields.end());
      return DeleteSized<RecordRep>(rep);
    }
    case ValueKind::kFile:
      delete static_cast<const FileRep*>(rep);
      return;
    case ValueKind::kFiles:
      delete static_cast<const FilesRep*>(rep);
      return;
    case ValueKind::kTemplate:
      delete static_cast<const TemplateRep*>(rep);
      return;
    case ValueKind::kFunction:
      delete static_cast<const FunctionRep*>(rep);
      return;
    case ValueKind::kInstance:
      delete static_cast<const InstanceRep*>(rep);
      return;
    case ValueKind::kPending:
      delete static_cast<const PendingRep*>(rep);
      return;
    default:
      OPS_CHECK(false, "a scalar has no heap part");
  }
}

const FileRep& Value::AsFile() const {
  return *static_cast<const FileRep*>(payload_.rep);
}
const FilesRep& Value::AsFiles() const {
  return *static_cast<const FilesRep*>(payload_.rep);
}
const TemplateRep& Value::AsTemplate() const {
  return *static_cast<const TemplateRep*>(payload_.rep);
}
const InstanceRep& Value::AsInstance() const {
  return *static_cast<const InstanceRep*>(payload_.rep);
}
const PendingRep& Value::AsPending() const {
  return *static_cast<const PendingRep*>(payload_.rep);
}
const std::shared_ptr<const void>& Value::AsFunction() const {
  return static_cast<const FunctionRep*>(payload_.rep)->closure;
}

const Value* Value::Find(Symbol name) const {
  if (!is(ValueKind::kRecord)) return nullptr;
  return FindIn(static_cast<const RecordRep*>(payload_.rep), name);
}

Value Value::WithSecret() const {
  Value copy(*this);
  copy.head_.Add(kSecretFlag | kHasSecretFlag);
  return copy;
}

Value Value::WithOrigin(OriginId origin) const {
  Value copy(*this);
  copy.head_.set_origin(origin);
  return copy;
}

}  // namespace opsc
