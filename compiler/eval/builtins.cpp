#include "compiler/eval/builtins.h"

#include "compiler/eval/builtin/all.h"
#include "compiler/eval/eval.h"

namespace opsc::eval {
namespace {

using namespace builtin;

// The order is part of nothing: names bind rows to declarations.
constexpr BuiltinRow kTable[] = {
    {"file", File, 1, Looks::kInside},
    {"files", Files, 1, Looks::kInside},
    {"length", Length, 1, Looks::kAtArguments},
    {"map", Map, 2, Looks::kAtArguments},
    {"filter", Filter, 2, Looks::kAtArguments},
    {"fold", Fold, 3, Looks::kAtArguments, Takes::kRange},
    {"flat_map", FlatMap, 2, Looks::kAtArguments},
    {"flatten", Flatten, 1, Looks::kAtArguments},
    {"any", Any, 2, Looks::kAtArguments},
    {"every", Every, 2, Looks::kAtArguments},
    {"find", Find, 2, Looks::kAtArguments},
    {"sort_by", SortBy, 2, Looks::kAtArguments},
    {"sort", Sort, 1, Looks::kInside},
    {"reverse", Reverse, 1, Looks::kAtArguments},
    {"distinct", Distinct, 1, Looks::kInside},
    {"first", First, 1, Looks::kAtArguments},
    {"last", Last, 1, Looks::kAtArguments},
    {"take", Take, 2, Looks::kAtArguments},
    {"drop", Drop, 2, Looks::kAtArguments},
    {"zip", Zip, 2, Looks::kAtArguments},
    {"group_by", GroupBy, 2, Looks::kAtArguments},
    {"sum", Sum, 1, Looks::kInside},
    {"min", Min, 2, Looks::kInside},
    {"max", Max, 2, Looks::kInside},
    {"keys", Keys, 1, Looks::kAtArguments},
    {"values", Values, 1, Looks::kAtArguments},
    {"merge", Merge, 2, Looks::kAtArguments},
    {"range", Range, 2, Looks::kAtArguments},
    {"contains", ContainsText, 2, Looks::kInside},
    {"starts_with", StartsWith, 2, Looks::kInside},
    {"ends_with", EndsWith, 2, Looks::kInside},
    {"upper", Upper, 1, Looks::kInside},
    {"lower", Lower, 1, Looks::kInside},
    {"trim", Trim, 1, Looks::kInside},
    {"split", Split, 2, Looks::kInside},
    {"join", Join, 2, Looks::kInside},
    {"replace", Replace, 3, Looks::kInside},
    {"slice", Slice, 3, Looks::kInside},
    {"matches", Matches, 2, Looks::kInside},
    {"lines", Lines, 1, Looks::kInside},
    {"indent", Indent, 2, Looks::kInside},
    {"abs", Abs, 1, Looks::kInside},
    {"floor", Floor, 1, Looks::kInside},
    {"ceil", Ceil, 1, Looks::kInside},
    {"round", Round, 1, Looks::kInside},
    {"to_float", ToFloat, 1, Looks::kInside},
    {"parse_int", ParseIntText, 1, Looks::kInside},
    {"parse_float", ParseFloatText, 1, Looks::kInside},
    {"seconds", Seconds, 1, Looks::kInside},
    {"bytes_of", BytesOf, 1, Looks::kInside},
    {"to_json", ToJsonText, 1, Looks::kInside},
    {"base64", Base64, 1, Looks::kInside},
    {"sha256", Sha256Text, 1, Looks::kInside},
    {"secret_env", SecretEnv, 1, Looks::kInside},
    {"secret_file", SecretFile, 1, Looks::kInside},
    {"declassify", Declassify, 2, Looks::kAtMarks},
    {"error", ErrorOut, 1, Looks::kAtMarks},
    {"sqrt", Sqrt, 1, Looks::kInside},
    {"log", Log, 1, Looks::kInside},
    {"log1p", Log1p, 1, Looks::kInside},
    {"exp", Exp, 1, Looks::kInside},
    {"expm1", Expm1, 1, Looks::kInside},
    {"sin", Sin, 1, Looks::kInside},
    {"cos", Cos, 1, Looks::kInside},
    {"pow", Pow, 2, Looks::kInside},
    {"is_nan", IsNan, 1, Looks::kInside},
    {"is_finite", IsFinite, 1, Looks::kInside},
    {"clamp", Clamp, 3, Looks::kInside},
    {"year", Year, 1, Looks::kInside},
    {"month", Month, 1, Looks::kInside},
    {"day", Day, 1, Looks::kInside},
    {"weekday", Weekday, 1, Looks::kInside},
    {"hour", Hour, 1, Looks::kInside},
    {"minute", Minute, 1, Looks::kInside},
    {"hash_bucket", HashBucket, 2, Looks::kInside},
    {"window", Window, 3, Looks::kAtArguments},
    {"as_of", AsOf, 2, Looks::kAtArguments},
    {"rows_count", RowsCount, 1, Looks::kAtArguments},
    {"rows_sum", RowsSum, 2, Looks::kAtArguments},
    {"rows_mean", RowsMean, 2, Looks::kAtArguments},
    {"rows_min", RowsMin, 2, Looks::kAtArguments},
    {"rows_max", RowsMax, 2, Looks::kAtArguments},
    {"rows_last", RowsLast, 2, Looks::kAtArguments},
    {"count", OfColumn, 1, Looks::kAtArguments},
    {"rows", OfColumn, 0, Looks::kAtArguments},
    {"null_rate", OfColumn, 1, Looks::kAtArguments},
    {"mean", OfColumn, 1, Looks::kAtArguments},
    {"std", OfColumn, 1, Looks::kAtArguments},
    {"quantile", OfColumn, 2, Looks::kAtArguments},
    {"duplicates", OfColumn, 1, Looks::kAtArguments},
    {"share", OfColumn, 1, Looks::kAtArguments},
    {"column_sum", OfColumn, 1, Looks::kAtArguments},
    {"column_min", OfColumn, 1, Looks::kAtArguments},
    {"column_max", OfColumn, 1, Looks::kAtArguments},
    {"column_every", OfColumn, 1, Looks::kAtArguments},
    {"column_distinct", OfColumn, 1, Looks::kAtArguments},
    {"all", All, 1, Looks::kAtMarks},
    {"result", ResultOf, 1, Looks::kAtMarks},
};

}  // namespace

std::span<const BuiltinRow> BuiltinTable() {
  return kTable;
}

const BuiltinRow& RowOf(BuiltinId id) {
  OPS_CHECK(static_cast<size_t>(id) < std::size(kTable), "the builtin exists");
  return kTable[static_cast<size_t>(id)];
}

}  // namespace opsc::eval

namespace opsc {

BuiltinNames Builtins() {
  BuiltinNames names;
  for (const eval::BuiltinRow& row : eval::BuiltinTable()) names.names.push_back(row.name);
  return names;
}

}  // namespace opsc
