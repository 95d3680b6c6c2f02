#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>

#include "runtime/yaml/scalar.h"
#include "runtime/yaml/yaml.h"

namespace opsc {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

// A list or map whose end has not come yet.
struct Open {
  bool is_map = false;
  YAML::anchor_t anchor = 0;
  size_t nodes_before = 0;
  std::vector<Value> items = {};
  std::vector<Field> fields = {};
  std::unordered_set<Symbol> keys = {};
  std::vector<Value> merged = {};  // maps of `<<`, whose fields give way
  bool has_key = false;
  bool key_merges = false;
  Symbol key = {};
};

struct Anchored {
  Value value;
  size_t nodes = 0;
};

// Events of one document → its value. What is wrong is thrown as the library's own exception.
class DocumentBuilder final : public YAML::EventHandler {
 public:
  DocumentBuilder(const YamlLimits& limits, size_t& nodes) : limits_(limits), nodes_(nodes) {}

  Value root;
  int line = 1;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Put(mark, anchor, Value());
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto at = anchors_.find(anchor);
    if (at == anchors_.end()) Refuse(mark, "an alias inside of what it stands for");
    Count(mark, at->second.nodes);
    Put(mark, 0, at->second.value);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    bool plain = tag == "?" || tag.empty();
    bool merges = plain && text == "<<" && TakesKey();
    if (merges) {
      Count(mark, 1);
      open_.back().has_key = open_.back().key_merges = true;
      return;
    }
    Put(mark, anchor, ScalarOf(mark, tag, text));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, "seq", false);
  }
  void OnSequenceEnd() override { End(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, "map", true);
  }
  void OnMapEnd() override { End(); }

 private:
  [[noreturn]] static void Refuse(const YAML::Mark& mark, const std::string& why) {
    throw YAML::ParserException(mark, why);
  }

  bool TakesKey() const { return !open_.empty() && open_.back().is_map && !open_.back().has_key; }

  void Count(const YAML::Mark& mark, size_t more) {
    if (open_.empty()) line = mark.line + limits_.first_line;
    nodes_ += more;
    if (nodes_ > limits_.nodes) {
      Refuse(mark,
             fmt::format("more than {} nodes, counting what aliases stand for", limits_.nodes));
    }
  }

  static Value ScalarOf(const YAML::Mark& mark, const std::string& tag, const std::string& text) {
    if (tag == "!" || tag == std::string(kCoreTag) + "str") return Value::String(text);
    bool core = tag.starts_with(kCoreTag);
    if (!core && tag != "?" && !tag.empty())
      Refuse(mark, fmt::format("the tag `{}` is not known", tag));
    auto value = yaml::ResolvePlain(text);
    if (!value) Refuse(mark, fmt::format("the number {} does not fit in 64 bits", text));
    if (core) CheckTag(mark, tag.substr(kCoreTag.size()), *value, text);
    return *value;
  }

  static void CheckTag(const YAML::Mark& mark, const std::string& tag, Value& value,
                       const std::string& text) {
    if (tag == "float" && value.is(ValueKind::kInt))
      value = Value::Float(static_cast<double>(value.AsInt()));
    bool fits = (tag == "int" && value.is(ValueKind::kInt)) ||
                (tag == "float" && value.is(ValueKind::kFloat)) ||
                (tag == "bool" && value.is(ValueKind::kBool)) || (tag == "null" && value.is_null());
    if (!fits) Refuse(mark, fmt::format("`{}` is no {}", text, tag));
  }

  static std::string KeyText(const YAML::Mark& mark, const Value& key) {
    switch (key.kind()) {
      case ValueKind::kString:
        return std::string(key.AsString());
      case ValueKind::kInt:
      case ValueKind::kBool:
      case ValueKind::kFloat:
        return ToText(key);
      default:
        Refuse(mark, "a key is a string");
    }
  }

  void Begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             std::string_view kind, bool is_map) {
    bool known =
        tag.empty() || tag == "?" || tag == "!" || tag == std::string(kCoreTag) + std::string(kind);
    if (!known) Refuse(mark, fmt::format("the tag `{}` is not known", tag));
    if (TakesKey()) Refuse(mark, "a key is a string");
    if (open_.size() >= static_cast<size_t>(limits_.depth)) {
      Refuse(mark, fmt::format("nested deeper than {} levels", limits_.depth));
    }
    size_t before = nodes_;
    Count(mark, 1);
    open_.push_back({.is_map = is_map, .anchor = anchor, .nodes_before = before});
    mark_ = mark;
  }

  void End() {
    Open open = std::move(open_.back());
    open_.pop_back();
    if (open.is_map) Merge(open);
    Value value =
        open.is_map ? Value::Record(std::move(open.fields)) : Value::List(std::move(open.items));
    if (open.anchor != 0) anchors_[open.anchor] = {value, nodes_ - open.nodes_before};
    Add(mark_, std::move(value));
  }

  // A field of a merged map stands where no other of the name does; earlier maps come first.
  static void Merge(Open& open) {
    for (const Value& map : open.merged) {
      for (const Field& field : map.AsRecord()) {
        if (open.keys.insert(field.first).second) open.fields.push_back(field);
      }
    }
  }

  void TakeMerged(const YAML::Mark& mark, Open& open, const Value& value) {
    bool list = value.is(ValueKind::kList);
    std::vector<Value> maps;
    if (list) maps.assign(value.AsList().begin(), value.AsList().end());
    if (!list) maps.push_back(value);
    for (const Value& map : maps) {
      if (!map.is(ValueKind::kRecord)) Refuse(mark, "`<<` merges maps");
      open.merged.push_back(map);
    }
  }

  void Put(const YAML::Mark& mark, YAML::anchor_t anchor, Value value) {
    size_t before = nodes_;
    Count(mark, 1);
    if (anchor != 0) anchors_[anchor] = {value, nodes_ - before};
    Add(mark, std::move(value));
  }

  void Add(const YAML::Mark& mark, Value value) {
    if (open_.empty()) {
      root = std::move(value);
      return;
    }
    Open& open = open_.back();
    if (!open.is_map) {
      open.items.push_back(std::move(value));
    } else if (!open.has_key) {
      open.key = Symbol(KeyText(mark, value));
      open.has_key = true;
      if (!open.keys.insert(open.key).second) {
        Refuse(mark, fmt::format("the key `{}` is given twice", open.key.text()));
      }
    } else {
      if (open.key_merges) TakeMerged(mark, open, value);
      if (!open.key_merges) open.fields.emplace_back(open.key, std::move(value));
      open.has_key = open.key_merges = false;
    }
  }

  const YamlLimits& limits_;
  size_t& nodes_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  YAML::Mark mark_;
};

// Is the line (from 0) of `text` indented with a tab? The library says something else of that.
bool HasTabIndent(std::string_view text, int line) {
  size_t begin = 0;
  for (; line > 0 && begin != std::string_view::npos; --line) {
    size_t end = text.find('\n', begin);
    begin = end == std::string_view::npos ? end : end + 1;
  }
  if (begin == std::string_view::npos) return false;
  std::string_view rest = text.substr(begin);
  size_t indent = rest.find_first_not_of(" \t");
  return rest.substr(0, std::min(indent, rest.size())).contains('\t');
}

Result<std::vector<YamlDocument>> ReadStream(std::string_view text, const YamlLimits& limits) {
  std::vector<YamlDocument> documents;
  size_t nodes = 0;
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    for (;;) {
      DocumentBuilder builder(limits, nodes);
      if (!parser.HandleNextDocument(builder)) return documents;
      documents.push_back({std::move(builder.root), builder.line});
    }
  } catch (const YAML::Exception& error) {
    const bool tab = HasTabIndent(text, error.mark.line);
    return Fail(
        ErrorKind::kInput,
        fmt::format("line {}, column {}: {}", error.mark.line + limits.first_line,
                    error.mark.column + 1,
                    tab ? "a tab in the indentation, where YAML takes spaces only" : error.msg));
  }
}

}  // namespace

Result<std::vector<YamlDocument>> ReadYaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    return Fail(ErrorKind::kInput, fmt::format("more than {} MB of YAML", limits.bytes >> 20));
  }
  return ReadStream(text, limits);
}

}  // namespace opsc
