#include "compiler/kube/instance_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace opsc::kube {
namespace {

// Fields that every instance has.
constexpr std::array<std::string_view, 9> kMetas = {"after",   "protect",      "replace_when",
                                                    "ignore",  "create_first", "timeout",
                                                    "retries", "labels",       "provider"};

bool IsWordByte(unsigned char byte) {
  return std::isalnum(byte) != 0 || byte == '_';
}

bool IsPlainName(std::string_view name) {
  bool literal = name == "true" || name == "false" || name == "null";
  return !name.empty() && !literal && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name, IsWordByte);
}

// Several lines without anything that a block would change or hide.
bool CanBeBlock(std::string_view text) {
  if (text.find('\n') == text.npos || text.size() > (1u << 16)) return false;
  bool control = std::ranges::any_of(
      text, [](unsigned char byte) { return (byte < 0x20 && byte != '\n') || byte == 0x7f; });
  if (control) return false;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (!line.empty() && (line.back() == ' ' || line.find_first_not_of(' ') == line.npos))
      return false;
    at = end + 1;
  }
  return true;
}

std::string BlockText(std::string_view text) {
  std::string out = "\"\"\"\n";
  for (char byte : text) {
    if (byte == '\\' || byte == '$' || byte == '"') out += '\\';
    out += byte;
  }
  return out + "\n\"\"\"";
}

// Writes values as expressions, and notes where their parts stand if somebody asks.
class Writer {
 public:
  explicit Writer(std::vector<TextMark>* marks) : marks_(marks) {}

  std::string text;

  void Expression(const Value& value) {
    switch (value.kind()) {
      case ValueKind::kRecord:
        text += "{\n";
        for (const auto& [name, field] : value.AsRecord()) {
          if (!field.is_null()) FieldOf(name, field);
        }
        text += "}";
        break;
      case ValueKind::kList:
        List(value);
        break;
      case ValueKind::kString:
        text +=
            CanBeBlock(value.AsString()) ? BlockText(value.AsString()) : Quote(value.AsString());
        break;
      default:
        text += ToText(value);
    }
  }

  void FieldOf(Symbol name, const Value& value) {
    if (marks_ != nullptr) path_.push_back(YamlStep::Key(name.text()));
    Mark(TextMark::Part::kKey);
    text += IsPlainName(name.text()) ? name.str() : Quote(name.text());
    text += ": ";
    Mark(TextMark::Part::kValue);
    Expression(value);
    text += "\n";
    if (marks_ != nullptr) path_.pop_back();
  }

 private:
  void List(const Value& value) {
    text += "[";
    size_t index = 0;
    for (const Value& item : value.AsList()) {
      if (marks_ != nullptr) path_.push_back(YamlStep::Item(index++));
      text += "\n";
      Mark(TextMark::Part::kValue);
      Expression(item);
      text += ",";
      if (marks_ != nullptr) path_.pop_back();
    }
    text += "]";
  }

  void Mark(TextMark::Part part) {
    if (marks_ != nullptr) marks_->push_back({text.size(), path_, part});
  }

  std::vector<TextMark>* marks_;
  YamlPath path_;
};

}  // namespace

std::string ExpressionText(const Value& value) {
  Writer writer(nullptr);
  writer.Expression(value);
  return std::move(writer.text);
}

std::string InstanceText(const Value& object, const InstanceHead& head,
                         std::vector<std::string>& left_out, std::vector<TextMark>* marks) {
  Writer writer(marks);
  writer.text = fmt::format("{} {} {{\n", head.type, head.name);
  for (const auto& [name, field] : object.AsRecord()) {
    bool implied = head.is_typed && (name.text() == "apiVersion" || name.text() == "kind");
    if (implied || field.is_null()) continue;
    bool observed = head.is_typed && name.text() == "status";
    if (observed || std::ranges::find(kMetas, name.text()) != kMetas.end()) {
      left_out.push_back(name.str());
      continue;
    }
    writer.FieldOf(name, field);
  }
  return writer.text + "}\n";
}

std::string InstanceName(std::string_view text) {
  std::string name;
  for (char byte : text) {
    bool word = IsWordByte(static_cast<unsigned char>(byte));
    if (word) name += byte;
    if (!word && !name.empty() && name.back() != '_') name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  bool digit = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
  if (name.empty() || digit) name = "x" + name;
  return name;
}

}  // namespace opsc::kube
