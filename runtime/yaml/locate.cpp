#include "runtime/yaml/locate.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace opsc {
namespace {

// Follows the events of one document and keeps the place of the deepest node on the way to `path`.
class Seeker final : public YAML::EventHandler {
 public:
  explicit Seeker(const YamlPath& path) : path_(path) {}

  size_t line = 0, column = 0;          // of the value, from 0
  size_t key_line = 0, key_column = 0;  // of its key

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Node(mark, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Node(mark, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    Node(mark, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    bool on_path = Value(mark);
    open_.push_back({.on_path = on_path});
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    bool on_path = Value(mark);
    open_.push_back({.is_map = true, .on_path = on_path});
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Open {
    bool is_map = false;
    bool on_path = false;  // it is a node of the path
    bool has_key = false;
    std::string key = {};
    YAML::Mark key_mark = {};
    size_t items = 0;
  };

  void Node(const YAML::Mark& mark, const std::string& text) {
    bool is_key = !open_.empty() && open_.back().is_map && !open_.back().has_key;
    if (!is_key) {
      Value(mark);
      return;
    }
    open_.back().key = text;
    open_.back().key_mark = mark;
    open_.back().has_key = true;
  }

  // Is this value a node of the path? Then it is the deepest so far.
  bool Value(const YAML::Mark& mark) {
    bool on_path = true;
    YAML::Mark key_mark = mark;
    if (!open_.empty()) {
      Open& around = open_.back();
      YamlStep step = around.is_map ? YamlStep::Key(around.key) : YamlStep::Item(around.items++);
      if (around.is_map) key_mark = around.key_mark;
      around.has_key = false;
      size_t depth = open_.size() - 1;
      on_path = around.on_path && depth < path_.size() && path_[depth] == step;
    }
    if (!on_path) return false;
    line = static_cast<size_t>(mark.line);
    column = static_cast<size_t>(mark.column);
    key_line = static_cast<size_t>(key_mark.line);
    key_column = static_cast<size_t>(key_mark.column);
    return true;
  }

  const YamlPath& path_;
  std::vector<Open> open_;
};

// Passes over a document.
class Skipper final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

size_t OffsetOf(std::string_view text, size_t line, size_t column) {
  size_t begin = 0;
  for (; line > 0; --line) {
    size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  return std::min(begin + column, text.size());
}

}  // namespace

YamlPlace LocateInYaml(std::string_view text, size_t document, const YamlPath& path) {
  std::istringstream stream{std::string(text)};
  Seeker seeker(path);
  try {
    YAML::Parser parser(stream);
    Skipper skipper;
    for (size_t i = 0; i < document; ++i) {
      if (!parser.HandleNextDocument(skipper)) return {};
    }
    parser.HandleNextDocument(seeker);
  } catch (const YAML::Exception&) {
    return {};  // what cannot be read was said by ReadYaml
  }
  return {OffsetOf(text, seeker.key_line, seeker.key_column),
          OffsetOf(text, seeker.line, seeker.column)};
}

}  // namespace opsc
