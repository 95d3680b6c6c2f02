// JSON text → Value, straight from the parser's events.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "runtime/value/json.h"

namespace opsc {
namespace {

// Takes the events of nlohmann's SAX parser; `error` says why it stopped.
class ValueBuilder : public nlohmann::json_sax<nlohmann::ordered_json> {
 public:
  Value result;
  std::string problem;

  bool null() override { return Add(Value::Null()); }
  bool boolean(bool b) override { return Add(Value::Bool(b)); }
  bool number_integer(number_integer_t number) override { return Add(Value::Int(number)); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > static_cast<number_unsigned_t>(INT64_MAX)) {
      return Stop(fmt::format("{} does not fit an int (64 bits, signed)", number));
    }
    return Add(Value::Int(static_cast<int64_t>(number)));
  }
  bool number_float(number_float_t number, const string_t&) override {
    return Add(Value::Float(number));
  }
  bool string(string_t& text) override { return Add(Value::String(text)); }
  bool binary(binary_t&) override { return Stop("binary data in JSON"); }

  bool start_object(size_t) override { return Open(true); }
  bool start_array(size_t) override { return Open(false); }
  bool key(string_t& name) override {
    Frame& frame = open_.back();
    Symbol symbol(name);
    if (!frame.names.insert(symbol).second)
      return Stop(fmt::format("the key \"{}\" stands twice in one object", name));
    frame.fields.emplace_back(symbol, Value());
    return true;
  }
  bool end_object() override {
    Value record = Value::Record(std::move(open_.back().fields));
    open_.pop_back();
    return Add(std::move(record));
  }
  bool end_array() override {
    Value list = Value::List(std::move(open_.back().items));
    open_.pop_back();
    return Add(std::move(list));
  }
  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::json::exception&) override {
    std::string near = token.size() > 40 ? token.substr(token.size() - 40) : token;
    return Stop(near.empty() ? fmt::format("it ends too early, at byte {}", position)
                             : fmt::format("unexpected `{}` at byte {}", near, position));
  }

 private:
  struct Frame {
    bool is_object;
    std::vector<Field> fields;
    std::vector<Value> items;
    std::unordered_set<Symbol> names;
  };

  bool Stop(std::string why) {
    problem = std::move(why);
    return false;
  }

  bool Open(bool is_object) {
    if (open_.size() >= Value::kMaxDepth) {
      return Stop(fmt::format("nested deeper than {}", Value::kMaxDepth));
    }
    open_.push_back(Frame{is_object, {}, {}, {}});
    return true;
  }

  bool Add(Value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().fields.back().second = std::move(value);
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Frame> open_;
};

}  // namespace

Result<Value> FromJson(std::string_view text) {
  ValueBuilder builder;
  if (!nlohmann::ordered_json::sax_parse(text, &builder)) {
    return Fail(ErrorKind::kInput, "not valid JSON: " + builder.problem);
  }
  return std::move(builder.result);
}

}  // namespace opsc
