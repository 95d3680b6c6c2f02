#include "runtime/store/value_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "runtime/base/check.h"
#include "runtime/store/posix_file.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

Value Mark(std::string_view name, Value value) {
  return Value::Record({{Symbol(name), std::move(value)}});
}

// Does JSON give the text back? (It replaces what is not UTF-8.)
bool SurvivesJson(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<uint8_t>(c) < 0x80; })) return true;
  auto back = FromJson(ToJson(Value::String(text), SecretPolicy::kReveal));
  return back && back->is(ValueKind::kString) && back->AsString() == text;
}

Value TextDocument(std::string_view text) {
  if (SurvivesJson(text)) return Value::String(text);
  return Mark("$string", Value::String(HexOf(text)));
}

Value TextsDocument(const std::vector<std::string>& texts) {
  std::vector<Value> items;
  for (const std::string& text : texts) items.push_back(TextDocument(text));
  return Value::List(std::move(items));
}

Value ListDocument(std::span<const Value> values) {
  std::vector<Value> items;
  for (const Value& value : values) items.push_back(ToDocument(value));
  return Value::List(std::move(items));
}

Value FloatDocument(double number) {
  if (std::isfinite(number)) return Value::Float(number);
  return Mark("$float", Value::String(std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf"));
}

// Names that JSON or a mark would change go as a list of pairs.
Value RecordDocument(std::span<const Field> fields) {
  bool plain = std::ranges::all_of(fields, [](const Field& field) {
    return !field.first.text().starts_with('$') && SurvivesJson(field.first.text());
  });
  if (plain) {
    std::vector<Field> out;
    for (const auto& [name, value] : fields) out.emplace_back(name, ToDocument(value));
    return Value::Record(std::move(out));
  }
  std::vector<Value> pairs;
  for (const auto& [name, value] : fields) {
    pairs.push_back(Value::List({TextDocument(name.text()), ToDocument(value)}));
  }
  return Mark("$record", Value::List(std::move(pairs)));
}

Value FileDocument(const FileRep& file) {
  return Mark("$file", Value::List({TextDocument(file.path), TextDocument(file.producer),
                                    TextDocument(file.output), Value::String(file.digest.Hex())}));
}

// A secret comes out of the journal as "(secret HEX)"; only the digest goes on.
Value SecretDocument(const Value& value) {
  std::string_view text = value.is(ValueKind::kString) ? value.AsString() : "";
  constexpr std::string_view kPrefix = "(secret ";
  if (text.starts_with(kPrefix) && text.ends_with(')')) {
    text = text.substr(kPrefix.size(), text.size() - kPrefix.size() - 1);
    if (Digest::FromHex(text)) return Mark("$secret", Value::String(text));
  }
  return Mark("$secret", Value::String(Digest{}.Hex()));
}

// Reads a document back; the first failure stays.
class Reader {
 public:
  std::string problem;

  Value Read(const Value& document) {
    if (document.is(ValueKind::kList)) return Value::List(ReadList(document.AsList()));
    if (!document.is(ValueKind::kRecord)) return document;
    std::span<const Field> fields = document.AsRecord();
    if (fields.size() == 1 && fields[0].first.text().starts_with('$')) {
      return ReadMark(fields[0].first.text(), fields[0].second);
    }
    std::vector<Field> out;
    for (const auto& [name, value] : fields) out.emplace_back(name, Read(value));
    return Value::Record(std::move(out));
  }

 private:
  Value Refuse(std::string_view what) {
    if (problem.empty()) problem = what;
    return {};
  }

  std::vector<Value> ReadList(std::span<const Value> items) {
    std::vector<Value> out;
    for (const Value& item : items) out.push_back(Read(item));
    return out;
  }

  std::string Text(const Value& document) {
    Value value = Read(document);
    if (value.is(ValueKind::kString)) return std::string(value.AsString());
    Refuse("a text is expected");
    return {};
  }

  int64_t Number(const Value& document) {
    if (document.is(ValueKind::kInt)) return document.AsInt();
    Refuse("a whole number is expected");
    return 0;
  }

  std::string Hex(const Value& document) {
    std::string text = Text(document);
    std::string bytes = BytesOfHex(text);
    if (bytes.empty() && !text.empty()) Refuse("lower-case hex digits are expected");
    return bytes;
  }

  double ReadFloat(const Value& document) {
    if (document.is(ValueKind::kFloat)) return document.AsFloat();
    if (document.is(ValueKind::kInt)) return static_cast<double>(document.AsInt());
    std::string text = Text(document);
    if (text == "nan") return std::nan("");
    if (text == "inf") return INFINITY;
    if (text == "-inf") return -INFINITY;
    Refuse("a number is expected");
    return 0;
  }

  // The items of a list of exactly `size`, nulls where it is none.
  std::vector<Value> Items(const Value& document, size_t size) {
    if (document.is(ValueKind::kList) && document.AsList().size() == size) {
      return {document.AsList().begin(), document.AsList().end()};
    }
    Refuse(fmt::format("a list of {} is expected", size));
    return std::vector<Value>(size);
  }

  std::vector<std::string> Texts(const Value& document) {
    std::vector<std::string> texts;
    if (!document.is(ValueKind::kList)) {
      Refuse("a list of texts is expected");
      return texts;
    }
    for (const Value& item : document.AsList()) texts.push_back(Text(item));
    return texts;
  }

  std::vector<Value> Values(const Value& document) {
    if (document.is(ValueKind::kList)) return ReadList(document.AsList());
    Refuse("a list is expected");
    return {};
  }

  Value ReadFile(const Value& document) {
    std::vector<Value> parts = Items(document, 4);
    FileRep file;
    file.path = Text(parts[0]);
    file.producer = Text(parts[1]);
    file.output = Text(parts[2]);
    auto digest = Digest::FromHex(Text(parts[3]));
    if (!digest) return Refuse("a digest is expected");
    file.digest = *digest;
    return Value::File(std::move(file));
  }

  Value ReadFiles(const Value& document) {
    std::vector<Value> parts = Items(document, 3);
    FilesRep files;
    files.include = Texts(parts[0]);
    files.exclude = Texts(parts[1]);
    files.files = Values(parts[2]);
    for (const Value& file : files.files) {
      if (!file.is(ValueKind::kFile)) return Refuse("a file is expected");
    }
    return Value::Files(std::move(files));
  }

  Value ReadTemplate(const Value& document) {
    std::vector<Value> parts = Items(document, 2);
    TemplateRep text;
    text.texts = Texts(parts[0]);
    text.holes = Values(parts[1]);
    if (text.texts.size() != text.holes.size() + 1) return Refuse("texts and holes do not fit");
    return Value::Template(std::move(text));
  }

  Value ReadInstance(const Value& document) {
    std::vector<Value> parts = Items(document, 2);
    InstanceRep instance;
    instance.address = Text(parts[0]);
    instance.type = Text(parts[1]);
    instance.fields = Value::Record({});
    return Value::Instance(std::move(instance));
  }

  Value ReadSecret(const Value& document) {
    std::string hex = Text(document);
    if (!Digest::FromHex(hex)) return Refuse("the digest of a secret is expected");
    return Value::String("(secret " + hex + ")").WithSecret();
  }

  Value ReadRecord(const Value& document) {
    std::vector<Field> fields;
    std::unordered_set<Symbol> names;
    if (!document.is(ValueKind::kList)) return Refuse("a list of pairs is expected");
    for (const Value& item : document.AsList()) {
      std::vector<Value> pair = Items(item, 2);
      Symbol name(Text(pair[0]));
      if (!names.insert(name).second) return Refuse("a name stands twice");
      fields.emplace_back(name, Read(pair[1]));
    }
    return Value::Record(std::move(fields));
  }

  Value ReadMark(std::string_view mark, const Value& document) {
    if (mark == "$float") return Value::Float(ReadFloat(document));
    if (mark == "$ratio") return Value::Ratio(ReadFloat(document));
    if (mark == "$duration") return Value::Duration(Number(document));
    if (mark == "$size") return Value::Size(Number(document));
    if (mark == "$time") return Value::Time(Number(document));
    if (mark == "$string") return Value::String(Hex(document));
    if (mark == "$bytes") return Value::Bytes(Hex(document));
    if (mark == "$file") return ReadFile(document);
    if (mark == "$files") return ReadFiles(document);
    if (mark == "$template") return ReadTemplate(document);
    if (mark == "$instance") return ReadInstance(document);
    if (mark == "$pending") return Value::Pending(Texts(document));
    if (mark == "$secret") return ReadSecret(document);
    if (mark == "$record") return ReadRecord(document);
    return Refuse(fmt::format("`{}` is not known", mark));
  }
};

}  // namespace

Value ToDocument(const Value& value) {
  if (value.secret()) return SecretDocument(value);
  switch (value.kind()) {
    case ValueKind::kNull:
    case ValueKind::kBool:
    case ValueKind::kInt:
      return value;
    case ValueKind::kFloat:
      return FloatDocument(value.AsFloat());
    case ValueKind::kRatio:
      return Mark("$ratio", FloatDocument(value.AsFloat()));
    case ValueKind::kDuration:
      return Mark("$duration", Value::Int(value.AsInt()));
    case ValueKind::kSize:
      return Mark("$size", Value::Int(value.AsInt()));
    case ValueKind::kTime:
      return Mark("$time", Value::Int(value.AsInt()));
    case ValueKind::kString:
      return TextDocument(value.AsString());
    case ValueKind::kBytes:
      return Mark("$bytes", Value::String(HexOf(value.AsString())));
    case ValueKind::kFile:
      return FileDocument(value.AsFile());
    case ValueKind::kFiles: {
      const FilesRep& files = value.AsFiles();
      return Mark("$files", Value::List({TextsDocument(files.include), TextsDocument(files.exclude),
                                         ListDocument(files.files)}));
    }
    case ValueKind::kTemplate: {
      const TemplateRep& text = value.AsTemplate();
      return Mark("$template", Value::List({TextsDocument(text.texts), ListDocument(text.holes)}));
    }
    case ValueKind::kList:
      return ListDocument(value.AsList());
    case ValueKind::kRecord:
      return RecordDocument(value.AsRecord());
    case ValueKind::kInstance:
      return Mark("$instance", Value::List({TextDocument(value.AsInstance().address),
                                            TextDocument(value.AsInstance().type)}));
    case ValueKind::kPending:
      return Mark("$pending", TextsDocument(value.AsPending().waits_for));
    case ValueKind::kFunction:
      break;
  }
  OPS_CHECK(false, "functions are never stored");
}

Result<Value> FromDocument(const Value& document) {
  Reader reader;
  Value value = reader.Read(document);
  if (!reader.problem.empty()) return Fail(ErrorKind::kInput, reader.problem);
  return value;
}

}  // namespace opsc
