#include "runtime/data/arrow_column.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/column/column_builder.h"

namespace opsc {
namespace {

constexpr int64_t kDay = 86'400'000'000'000;

std::string_view FormatOf(const ArrowSchema& schema) {
  return schema.format == nullptr ? "" : schema.format;
}

bool IsOneOf(std::string_view format, std::string_view letters) {
  return format.size() == 1 && letters.find(format[0]) != std::string_view::npos;
}
bool IsIntegerFormat(std::string_view format) {
  return IsOneOf(format, "cCsSiIlL");
}
bool IsTextFormat(std::string_view format) {
  return IsOneOf(format, "uU");
}

// Nanoseconds of one unit of a time or duration; 0: it is none.
int64_t UnitOf(std::string_view format) {
  if (format == "tdD") return kDay;
  if (format == "tdm") return 1'000'000;
  bool stamp = format.starts_with("ts") && format.size() >= 4;
  bool duration = format.starts_with("tD") && format.size() == 3;
  if (!stamp && !duration) return 0;
  switch (format[2]) {
    case 's':
      return 1'000'000'000;
    case 'm':
      return 1'000'000;
    case 'u':
      return 1'000;
    case 'n':
      return 1;
    default:
      return 0;
  }
}

bool BitAt(const void* bits, int64_t at) {
  return (static_cast<const uint8_t*>(bits)[at / 8] >> (at % 8) & 1) != 0;
}

// One array while it is copied: values begin at its offset.
struct Source {
  const ArrowArray& array;
  int64_t first;  // offset, with that of the parents

  bool IsNull(size_t row) const {
    return array.null_count != 0 && array.n_buffers > 0 && array.buffers[0] != nullptr &&
           !BitAt(array.buffers[0], first + static_cast<int64_t>(row));
  }
  template <typename T>
  T At(size_t row) const {
    return static_cast<const T*>(array.buffers[1])[first + static_cast<int64_t>(row)];
  }
};

template <typename T>
void CopyInts(const Source& from, size_t rows, int64_t unit, ColumnBuilder& to,
              std::vector<uint32_t>& outside) {
  for (size_t row = 0; row < rows; ++row) {
    if (from.IsNull(row)) {
      to.AppendNull();
      continue;
    }
    T value = from.At<T>(row);
    int64_t product = 0;
    bool fits = std::in_range<int64_t>(value) &&
                !__builtin_mul_overflow(static_cast<int64_t>(value), unit, &product);
    if (!fits) outside.push_back(static_cast<uint32_t>(row));
    to.AppendInt(fits ? product : 0);
  }
}

template <typename T>
void CopyFloats(const Source& from, size_t rows, ColumnBuilder& to) {
  for (size_t row = 0; row < rows; ++row) {
    if (from.IsNull(row)) {
      to.AppendNull();
    } else {
      to.AppendFloat(static_cast<double>(from.At<T>(row)));
    }
  }
}

// Calls `use` with the C type of a number's format.
template <typename Use>
void WithNumber(char format, const Use& use) {
  switch (format) {
    case 'c':
      return use(int8_t{});
    case 'C':
      return use(uint8_t{});
    case 's':
      return use(int16_t{});
    case 'S':
      return use(uint16_t{});
    case 'i':
      return use(int32_t{});
    case 'I':
      return use(uint32_t{});
    case 'l':
      return use(int64_t{});
    case 'L':
      return use(uint64_t{});
    case 'f':
      return use(float{});
    default:
      return use(double{});
  }
}

template <typename Offset>
std::string_view TextAt(const ArrowArray& array, int64_t at) {
  const auto* offsets = static_cast<const Offset*>(array.buffers[1]) + at;
  const auto* bytes = static_cast<const char*>(array.buffers[2]);
  return {bytes + offsets[0], static_cast<size_t>(offsets[1] - offsets[0])};
}

std::string_view TextAt(std::string_view format, const ArrowArray& array, int64_t at) {
  return format == "u" ? TextAt<int32_t>(array, at) : TextAt<int64_t>(array, at);
}

void CopyTexts(const ArrowSchema& schema, const Source& from, size_t rows, ColumnBuilder& to) {
  for (size_t row = 0; row < rows; ++row) {
    if (from.IsNull(row)) {
      to.AppendNull();
    } else {
      to.AppendText(TextAt(FormatOf(schema), from.array, from.first + static_cast<int64_t>(row)));
    }
  }
}

Status CopyCoded(const ArrowSchema& schema, const Source& from, size_t rows, ColumnBuilder& to) {
  const ArrowArray& words = *from.array.dictionary;
  Source dictionary{words, words.offset};
  std::string_view format = FormatOf(*schema.dictionary);
  bool inside = true;
  WithNumber(FormatOf(schema)[0], [&](auto type) {
    for (size_t row = 0; row < rows && inside; ++row) {
      if (from.IsNull(row)) {
        to.AppendNull();
        continue;
      }
      auto code = static_cast<int64_t>(from.At<decltype(type)>(row));
      inside = code >= 0 && code < words.length;
      if (!inside) return;
      if (dictionary.IsNull(static_cast<size_t>(code))) {
        to.AppendNull();
      } else {
        to.AppendText(TextAt(format, words, words.offset + code));
      }
    }
  });
  return inside ? Status() : Fail(ErrorKind::kInput, "a string is beyond its dictionary");
}

void CopyBools(const Source& from, size_t rows, ColumnBuilder& to) {
  for (size_t row = 0; row < rows; ++row) {
    if (from.IsNull(row)) {
      to.AppendNull();
    } else {
      to.AppendBool(BitAt(from.array.buffers[1], from.first + static_cast<int64_t>(row)));
    }
  }
}

void CopyTimes(std::string_view format, const Source& from, size_t rows, ColumnBuilder& to,
               std::vector<uint32_t>& outside) {
  if (format == "tdD") return CopyInts<int32_t>(from, rows, UnitOf(format), to, outside);
  CopyInts<int64_t>(from, rows, UnitOf(format), to, outside);
}

}  // namespace

std::string ArrowTypeText(const ArrowSchema& schema) {
  std::string_view format = FormatOf(schema);
  if (schema.dictionary != nullptr) return ArrowTypeText(*schema.dictionary);
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"n", "null"},    {"b", "bool"},    {"c", "int8"},    {"C", "uint8"},  {"s", "int16"},
      {"S", "uint16"},  {"i", "int32"},   {"I", "uint32"},  {"l", "int64"},  {"L", "uint64"},
      {"e", "float16"}, {"f", "float32"}, {"g", "float64"}, {"u", "string"}, {"U", "string"},
      {"z", "binary"},  {"Z", "binary"},  {"tdD", "date"},  {"tdm", "date"}, {"+s", "struct"},
      {"+l", "list"},   {"+L", "list"},   {"+m", "map"},    {"vu", "string"}};
  for (const auto& [known, name] : kNames) {
    if (format == known) return std::string(name);
  }
  constexpr std::string_view kUnits[] = {"s", "ms", "us", "ns"};
  auto unit = [&] {
    size_t at = std::string_view("smun").find(format[2]);
    return at < 4 ? kUnits[at] : "?";
  };
  if (format.starts_with("ts") && format.size() >= 4) {
    std::string_view zone = format.substr(4);
    return fmt::format("timestamp[{}{}{}]", unit(), zone.empty() ? "" : ", ", zone);
  }
  if (format.starts_with("tD") && format.size() == 3) return fmt::format("duration[{}]", unit());
  if (format.starts_with("d:")) return fmt::format("decimal({})", format.substr(2));
  return fmt::format("arrow type `{}`", format);
}

bool FitsColumn(const ArrowSchema& schema, ColumnType type) {
  std::string_view format = FormatOf(schema);
  if (schema.dictionary != nullptr) {
    return type == ColumnType::kString && IsIntegerFormat(format) &&
           IsTextFormat(FormatOf(*schema.dictionary));
  }
  if (format == "n") return true;
  switch (type) {
    case ColumnType::kBool:
      return format == "b";
    case ColumnType::kInt:
    case ColumnType::kSize:
      return IsIntegerFormat(format);
    case ColumnType::kFloat:
    case ColumnType::kRatio:
      return IsIntegerFormat(format) || IsOneOf(format, "fg");
    case ColumnType::kString:
      return IsTextFormat(format);
    case ColumnType::kTime:
      return UnitOf(format) != 0 && !format.starts_with("tD");
    case ColumnType::kDuration:
      return UnitOf(format) != 0 && format.starts_with("tD");
  }
  return false;
}

std::optional<ColumnType> BestColumnType(const ArrowSchema& schema) {
  for (ColumnType type : {ColumnType::kBool, ColumnType::kInt, ColumnType::kFloat,
                          ColumnType::kString, ColumnType::kTime, ColumnType::kDuration}) {
    if (FormatOf(schema) != "n" && FitsColumn(schema, type)) return type;
  }
  return std::nullopt;
}

Result<Column> CopyColumn(const ArrowSchema& schema, const ArrowArray& array, ColumnType type,
                          size_t rows, std::vector<uint32_t>& outside) {
  ColumnBuilder builder(type);
  Source from{array, array.offset};
  std::string_view format = FormatOf(schema);
  if (format == "n") {
    for (size_t row = 0; row < rows; ++row) builder.AppendNull();
  } else if (schema.dictionary != nullptr) {
    OPS_TRY(CopyCoded(schema, from, rows, builder));
  } else if (type == ColumnType::kString) {
    CopyTexts(schema, from, rows, builder);
  } else if (type == ColumnType::kBool) {
    CopyBools(from, rows, builder);
  } else if (type == ColumnType::kTime || type == ColumnType::kDuration) {
    CopyTimes(format, from, rows, builder, outside);
  } else {
    WithNumber(format[0], [&](auto number) {
      using Number = decltype(number);
      if (IsFloat(type)) return CopyFloats<Number>(from, rows, builder);
      if constexpr (std::is_integral_v<Number>) {
        CopyInts<Number>(from, rows, 1, builder, outside);
      }
    });
  }
  return builder.Finish();
}

}  // namespace opsc
