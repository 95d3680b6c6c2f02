// The one kind of data that flows through every phase.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/symbol.h"

namespace opsc {

enum class ValueKind : uint8_t {
  kNull,
  kBool,
  kInt,       // int64, no silent overflow
  kFloat,     // IEEE 754 binary64
  kRatio,     // binary64; 30% is 0.3
  kDuration,  // int64 nanoseconds
  kSize,      // int64 bytes
  kTime,      // int64 nanoseconds since 1970-01-01 UTC
  kString,    // UTF-8; also url, regex, semver and path, whose rules the checker enforces
  kBytes,
  kFile,      // FileRep: one file or directory, of the sources or made by a task
  kFiles,     // FilesRep: globs over the sources, and files
  kTemplate,  // TemplateRep: shell text with holes, never pasted together
  kList,
  kRecord,    // also maps: names to values, in order of insertion
  kFunction,  // FunctionRep: closed over the evaluator that made it; never stored
  kInstance,  // InstanceRep: a reference to a node of the graph with what is known of it
  kPending,   // PendingRep: known only after the named nodes have been applied
};

// Where a value came from: an id into the evaluator's origin table. 0: unknown.
enum class OriginId : uint32_t { kUnknown = 0 };

class Value;
struct FileRep;
struct FilesRep;
struct TemplateRep;
struct FunctionRep;
struct InstanceRep;
struct PendingRep;
struct ListRep;
struct RecordRep;

// Base of the heap part of a value. Reference counts are atomic: values cross threads.
struct Rep {
  mutable std::atomic<uint32_t> refs{1};
};

// An immutable value of 16 bytes, cheap to copy (scalars inline, the rest counted).
// Marks: secret (only into fields that take one; never printed or stored in clear), pending (it, or
// something in it, is known only after apply) and the origin. Thread-safe like a const object.
class Value {
 public:
  Value() = default;  // null
  Value(const Value& other) noexcept : Value(other.head_, other.payload_) { Retain(); }
  Value(Value&& other) noexcept : head_(other.head_), payload_(other.payload_) { other.head_ = {}; }
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    std::swap(head_, copy.head_);
    std::swap(payload_, copy.payload_);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    std::swap(head_, other.head_);
    std::swap(payload_, other.payload_);
    return *this;
  }
  ~Value() { Release(); }

  static Value Null() { return Value(); }
  static Value Bool(bool b) { return Scalar(ValueKind::kBool, b ? 1 : 0); }
  static Value Int(int64_t i) { return Scalar(ValueKind::kInt, i); }
  static Value Float(double d) { return Number(ValueKind::kFloat, d); }
  static Value Ratio(double d) { return Number(ValueKind::kRatio, d); }
  static Value Duration(int64_t nanoseconds) { return Scalar(ValueKind::kDuration, nanoseconds); }
  static Value Size(int64_t bytes) { return Scalar(ValueKind::kSize, bytes); }
  static Value Time(int64_t nanoseconds) { return Scalar(ValueKind::kTime, nanoseconds); }
  static Value String(std::string_view text);
  static Value Bytes(std::string_view bytes);
  static Value List(std::vector<Value> items);
  // REQUIRES: names are distinct.
  static Value Record(std::vector<std::pair<Symbol, Value>> fields);
  // As List and Record, moving out of `items`: one allocation of exactly the size.
  static Value ListOf(std::span<Value> items);
  static Value Ints(int64_t first, size_t count);  // the list first, first + 1, …
  static Value RecordOf(std::span<std::pair<Symbol, Value>> fields);
  static Value File(FileRep file);
  static Value Files(FilesRep files);
  static Value Template(TemplateRep text);
  static Value Instance(InstanceRep instance);
  static Value Pending(std::vector<std::string> waits_for);
  // `captured`: what it is closed over; marks and depth are taken from there.
  static Value Function(std::shared_ptr<const void> closure, std::span<const Value> captured = {});

  ValueKind kind() const { return head_.kind(); }
  bool is(ValueKind kind) const { return head_.kind() == kind; }
  bool is_null() const { return head_.kind() == ValueKind::kNull; }

  // REQUIRES for each: the kind fits.
  bool AsBool() const { return payload_.integer != 0; }
  int64_t AsInt() const { return payload_.integer; }  // also duration, size, time
  double AsFloat() const { return payload_.number; }  // also ratio
  std::string_view AsString() const;                  // also bytes
  std::span<const Value> AsList() const;
  std::span<const std::pair<Symbol, Value>> AsRecord() const;
  const FileRep& AsFile() const;
  const FilesRep& AsFiles() const;
  const TemplateRep& AsTemplate() const;
  const InstanceRep& AsInstance() const;
  const PendingRep& AsPending() const;
  const std::shared_ptr<const void>& AsFunction() const;

  // A field of a record; null pointer where it is absent or this is no record.
  const Value* Find(Symbol name) const;
  const Value* Find(std::string_view name) const { return Find(Symbol(name)); }

  bool secret() const { return head_.flags() & kSecretFlag; }         // this value itself
  bool has_secret() const { return head_.flags() & kHasSecretFlag; }  // this or something in it
  bool has_pending() const { return head_.flags() & kHasPendingFlag; }
  OriginId origin() const { return head_.origin(); }
  // How deep it is nested: 0 for scalars, 1 for a list of scalars; stays at 255 from there on. Who
  // makes values of unbounded depth refuses above kMaxDepth, so that walking a value is safe.
  int depth() const { return head_.depth(); }
  static constexpr int kMaxDepth = 200;
  Value WithSecret() const;
  Value WithOrigin(OriginId origin) const;
  void SetOrigin(OriginId origin) { head_.set_origin(origin); }  // of this handle only

  // Same kind and content; marks and origins are not compared. 1 == 1.0 is false.
  friend bool operator==(const Value& a, const Value& b);

 private:
  static constexpr uint8_t kSecretFlag = 1;
  static constexpr uint8_t kHasSecretFlag = 2;
  static constexpr uint8_t kHasPendingFlag = 4;

  // Kind, flags, depth and origin in one word: written and read whole, since a wide read right
  // after narrow writes of its parts waits for them.
  class Head {
   public:
    constexpr Head() = default;
    constexpr explicit Head(ValueKind kind, uint8_t flags = 0, uint8_t depth = 0)
        : bits_(static_cast<uint64_t>(kind) | uint64_t{flags} << 8 | uint64_t{depth} << 16) {}
    ValueKind kind() const { return static_cast<ValueKind>(bits_ & 255); }
    uint8_t flags() const { return static_cast<uint8_t>(bits_ >> 8); }
    uint8_t depth() const { return static_cast<uint8_t>(bits_ >> 16); }
    OriginId origin() const { return static_cast<OriginId>(bits_ >> 32); }
    void Add(uint8_t flags) { bits_ |= uint64_t{flags} << 8; }
    void set_depth(uint8_t depth) {
      bits_ = (bits_ & ~(uint64_t{255} << 16)) | uint64_t{depth} << 16;
    }
    void set_origin(OriginId origin) {
      bits_ = (bits_ & 0xFFFFFFFF) | static_cast<uint64_t>(origin) << 32;
    }

   private:
    uint64_t bits_ = 0;
  };
  union Payload {
    int64_t integer;
    double number;
    const Rep* rep;
  };

  Value(Head head, Payload payload) : head_(head), payload_(payload) {}
  static Value Scalar(ValueKind kind, int64_t integer) {
    return Value(Head(kind), Payload{.integer = integer});
  }
  static Value Number(ValueKind kind, double number) {
    return Value(Head(kind), Payload{.number = number});
  }
  static Value Heap(Head head, const Rep* rep) { return Value(head, Payload{.rep = rep}); }
  static Value Text(ValueKind kind, std::string_view text);
  // Takes over flags and depth of a part.
  static void Absorb(Head& head, const Value& part);
  bool on_heap() const { return head_.kind() >= ValueKind::kString; }
  void Retain() const {
    if (on_heap()) payload_.rep->refs.fetch_add(1, std::memory_order_relaxed);
  }
  void Release() {
    if (!on_heap()) return;
    const std::atomic<uint32_t>& refs = payload_.rep->refs;
    if (refs.load(std::memory_order_acquire) == 1 ||
        payload_.rep->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      Destroy();
    }
  }
  void Destroy();

  Head head_{};
  Payload payload_{.integer = 0};
};

using Field = std::pair<Symbol, Value>;

// Text or bytes, right behind the head.
struct StringRep : Rep {
  uint32_t size = 0;
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
};

// The items, right behind the head.
struct ListRep : Rep {
  uint32_t size = 0;
  const Value* items() const { return reinterpret_cast<const Value*>(this + 1); }
};

// The fields, right behind the head; from kIndexed on, their positions sorted by Symbol::index()
// follow, so that maps of any size are found in O(log n).
struct RecordRep : Rep {
  static constexpr uint32_t kIndexed = 9;
  uint32_t size = 0;
  const Field* fields() const { return reinterpret_cast<const Field*>(this + 1); }
  const uint32_t* index() const { return reinterpret_cast<const uint32_t*>(fields() + size); }
};

// A file or directory. Of the sources: `producer` is empty and `path` is relative to the project
// root. Made by a task: `producer` is its address, `path` the output's path inside the task's
// directory; `digest` is set once it is known (then it is in the content store).
struct FileRep : Rep {
  FileRep() = default;
  FileRep(const FileRep& o)
      : path(o.path), producer(o.producer), output(o.output), digest(o.digest) {}
  std::string path;
  std::string producer;
  std::string output;  // name of the `out`
  Digest digest;       // of the store's tree entry
};

// A set of files: globs over the sources (relative to the project root), minus `exclude`, plus
// files.
struct FilesRep : Rep {
  FilesRep() = default;
  FilesRep(const FilesRep& o) : include(o.include), exclude(o.exclude), files(o.files) {}
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<Value> files;  // kFile
};

// Shell text with holes: texts.size() == holes.size() + 1. The executor hands each hole over as an
// environment variable, so nothing in a value is ever read as shell text.
struct TemplateRep : Rep {
  TemplateRep() = default;
  TemplateRep(const TemplateRep& o) : texts(o.texts), holes(o.holes) {}
  std::vector<std::string> texts;
  std::vector<Value> holes;
};

// A reference to an instance: its address, its type, and its fields and outs as far as known.
struct InstanceRep : Rep {
  InstanceRep() = default;
  InstanceRep(const InstanceRep& o) : address(o.address), type(o.type), fields(o.fields) {}
  std::string address;
  std::string type;
  Value fields;  // kRecord: fields, then outs
};

// Addresses of the nodes whose result is needed first, sorted, without duplicates.
struct PendingRep : Rep {
  std::vector<std::string> waits_for;
};

inline std::string_view Value::AsString() const {
  const auto* rep = static_cast<const StringRep*>(payload_.rep);
  return {rep->data(), rep->size};
}

inline std::span<const Value> Value::AsList() const {
  const auto* rep = static_cast<const ListRep*>(payload_.rep);
  return {rep->items(), rep->size};
}

inline std::span<const Field> Value::AsRecord() const {
  const auto* rep = static_cast<const RecordRep*>(payload_.rep);
  return {rep->fields(), rep->size};
}

// Equal values have equal hashes. Not stable between processes.
size_t HashOf(const Value& value);

// --- printing (for people; secrets print as "(secret)", pending as "(after apply: a, b)") ---

// One line in `.ops` syntax.
std::string ToText(const Value& value);
std::string FormatDuration(
    int64_t nanoseconds);                  // "1h30m" is "90min": one unit, the largest exact one
std::string FormatSize(int64_t bytes);     // "4GiB": the largest exact power of 1024, else of 1000
std::string FormatFloat(double number);    // shortest that reads back equal, always with . or e
std::string Quote(std::string_view text);  // as an `.ops` string literal

}  // namespace opsc
