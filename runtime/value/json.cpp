#include "runtime/value/json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/env.h"
#include "runtime/value/utf8.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

void AppendControl(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint8_t>(c));
  }
}

constexpr std::array<bool, 256> PlainBytes() {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = PlainBytes();

// As a JSON string; bytes that are not UTF-8 become U+FFFD.
void AppendString(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<uint8_t>(text[i]);
    if (kPlain[c]) {
      ++i;
      continue;
    }
    size_t length = c < 0x80 ? 0 : SequenceLength(text.substr(i));
    if (length > 0) {
      i += length;
      continue;
    }
    out.append(text, start, i - start);
    if (c < 0x80) {
      AppendControl(out, text[i]);
    } else {
      out += "\xEF\xBF\xBD";
    }
    start = ++i;
  }
  out.append(text, start);
  out += '"';
}

std::string ValidUtf8(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = SequenceLength(text.substr(i));
    out += length > 0 ? text.substr(i, length) : "\xEF\xBF\xBD";
    i += length > 0 ? length : 1;
  }
  return out;
}

// Writes JSON text, compact or indented as nlohmann's dump() does.
class TextSink {
 public:
  TextSink(std::string& out, int indent) : out_(out), indent_(indent) {}

  void Null() { out_ += "null"; }
  void Bool(bool b) { out_ += b ? "true" : "false"; }
  void Int(int64_t number) {
    std::array<char, 24> buffer;
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    out_.append(buffer.data(), end.ptr);
  }
  void Float(double number) { out_ += std::isfinite(number) ? FormatFloat(number) : "null"; }
  void String(std::string_view text) { AppendString(out_, text); }
  void OpenList() { Open('['); }
  void CloseList() { Close(']'); }
  void OpenObject() { Open('{'); }
  void CloseObject() { Close('}'); }
  void Key(std::string_view name) {
    Item();
    AppendString(out_, name);
    out_ += indent_ < 0 ? ":" : ": ";
  }
  void Item() {
    if (!empty_) out_ += ',';
    empty_ = false;
    NewLine();
  }

 private:
  void Open(char bracket) {
    out_ += bracket;
    ++depth_;
    empty_ = true;
  }
  void Close(char bracket) {
    --depth_;
    if (!empty_) NewLine();
    empty_ = false;
    out_ += bracket;
  }
  void NewLine() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(depth_ * indent_), ' ');
  }

  std::string& out_;
  int indent_;
  int depth_ = 0;
  bool empty_ = true;
};

// Builds a document.
class DocumentSink {
 public:
  explicit DocumentSink(Json& root) { open_.push_back(&root); }

  void Null() { Put(nullptr); }
  void Bool(bool b) { Put(b); }
  void Int(int64_t number) { Put(number); }
  void Float(double number) { Put(number); }
  void String(std::string_view text) { Put(ValidUtf8(text)); }
  void OpenList() { *open_.back() = Json::array(); }
  void OpenObject() { *open_.back() = Json::object(); }
  void CloseList() { Done(); }
  void CloseObject() { Done(); }
  void Key(std::string_view name) { open_.push_back(&(*open_.back())[ValidUtf8(name)]); }
  void Item() {
    open_.back()->push_back(nullptr);
    open_.push_back(&open_.back()->back());
  }

 private:
  template <typename T>
  void Put(T value) {
    *open_.back() = std::move(value);
    Done();
  }
  void Done() { open_.pop_back(); }

  std::vector<Json*> open_;
};

// The one mapping of values to JSON, into either sink.
template <typename Sink>
class Writer {
 public:
  Writer(Sink& sink, SecretPolicy policy) : sink_(sink), policy_(policy) {}

  void Put(const Value& value) {
    if (value.secret() && policy_ == SecretPolicy::kRedact)
      return PutMark("$secret", Value::Bool(true));
    switch (value.kind()) {
      case ValueKind::kNull:
        return sink_.Null();
      case ValueKind::kBool:
        return sink_.Bool(value.AsBool());
      case ValueKind::kInt:
        return sink_.Int(value.AsInt());
      case ValueKind::kFloat:
        return sink_.Float(value.AsFloat());
      case ValueKind::kRatio:
        return sink_.String(ToText(value));
      case ValueKind::kDuration:
        return sink_.String(FormatDuration(value.AsInt()));
      case ValueKind::kSize:
        return sink_.String(FormatSize(value.AsInt()));
      case ValueKind::kTime:
        return sink_.String(FormatTime(Time{std::chrono::nanoseconds(value.AsInt())}));
      case ValueKind::kString:
        return sink_.String(value.AsString());
      case ValueKind::kBytes:
        return PutBytes(value.AsString());
      case ValueKind::kFile:
        return sink_.String(value.AsFile().path);
      case ValueKind::kFiles:
        return PutFiles(value.AsFiles());
      case ValueKind::kTemplate:
        return PutTemplate(value.AsTemplate());
      case ValueKind::kList:
        return PutList(value.AsList());
      case ValueKind::kRecord:
        return PutRecord(value.AsRecord());
      case ValueKind::kFunction:
        return PutMark("$function", Value::Bool(true));
      case ValueKind::kInstance:
        return PutMark("$ref", Value::String(value.AsInstance().address));
      case ValueKind::kPending:
        return PutMark("$pending", Strings(value.AsPending().waits_for));
    }
  }

 private:
  static Value Strings(const std::vector<std::string>& texts) {
    std::vector<Value> values;
    for (const std::string& text : texts) values.push_back(Value::String(text));
    return Value::List(std::move(values));
  }

  void PutMark(std::string_view name, const Value& what) {
    sink_.OpenObject();
    sink_.Key(name);
    Put(what);
    sink_.CloseObject();
  }

  void PutList(std::span<const Value> items) {
    sink_.OpenList();
    for (const Value& item : items) {
      sink_.Item();
      Put(item);
    }
    sink_.CloseList();
  }

  void PutRecord(std::span<const Field> fields) {
    sink_.OpenObject();
    for (const auto& [name, field] : fields) {
      sink_.Key(name.text());
      Put(field);
    }
    sink_.CloseObject();
  }

  void PutBytes(std::string_view bytes) {
    std::string hex;
    for (char c : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<uint8_t>(c));
    PutMark("$bytes", Value::String(hex));
  }

  void PutFiles(const FilesRep& files) {
    std::vector<std::string> patterns = files.include;
    for (const std::string& glob : files.exclude) patterns.push_back("!" + glob);
    sink_.OpenList();
    for (const std::string& glob : patterns) {
      sink_.Item();
      sink_.String(glob);
    }
    for (const Value& file : files.files) {
      sink_.Item();
      Put(file);
    }
    sink_.CloseList();
  }

  void PutTemplate(const TemplateRep& text) {
    if (text.holes.empty()) return sink_.String(text.texts[0]);
    sink_.OpenObject();
    sink_.Key("$template");
    Put(Strings(text.texts));
    sink_.Key("holes");
    PutList(text.holes);
    sink_.CloseObject();
  }

  Sink& sink_;
  SecretPolicy policy_;
};

}  // namespace

std::string ToJson(const Value& value, SecretPolicy policy, int indent) {
  std::string out;
  TextSink sink(out, indent);
  Writer(sink, policy).Put(value);
  return out;
}

void ToJson(const Value& value, SecretPolicy policy, Json& out) {
  DocumentSink sink(out);
  Writer(sink, policy).Put(value);
}

}  // namespace opsc
