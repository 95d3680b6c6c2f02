// Every builtin function, by topic: one declaration here for one row in builtins.cpp.
#pragma once

#include "compiler/eval/builtins.h"

namespace opsc::eval::builtin {

// row.cpp
Value Sqrt(Call& call);
Value Log(Call& call);
Value Log1p(Call& call);
Value Exp(Call& call);
Value Expm1(Call& call);
Value Sin(Call& call);
Value Cos(Call& call);
Value Pow(Call& call);
Value IsNan(Call& call);
Value IsFinite(Call& call);
Value Year(Call& call);
Value Month(Call& call);
Value Day(Call& call);
Value Weekday(Call& call);
Value Hour(Call& call);
Value Minute(Call& call);
Value HashBucket(Call& call);

// window.cpp
Value Window(Call& call);
Value AsOf(Call& call);
Value RowsCount(Call& call);
Value RowsSum(Call& call);
Value RowsMean(Call& call);
Value RowsMin(Call& call);
Value RowsMax(Call& call);
Value RowsLast(Call& call);

// column.cpp
Value OfColumn(Call& call);

// file.cpp
Value File(Call& call);
Value Files(Call& call);

// list.cpp
Value Length(Call& call);
Value Flatten(Call& call);
Value Reverse(Call& call);
Value Distinct(Call& call);
Value First(Call& call);
Value Last(Call& call);
Value Take(Call& call);
Value Drop(Call& call);
Value Zip(Call& call);
Value Sum(Call& call);
Value Min(Call& call);
Value Max(Call& call);
Value Clamp(Call& call);
Value Keys(Call& call);
Value Values(Call& call);
Value Merge(Call& call);
Value Range(Call& call);

// higher_order.cpp
Value Map(Call& call);
Value Filter(Call& call);
Value Fold(Call& call);
Value FlatMap(Call& call);
Value Any(Call& call);
Value Every(Call& call);
Value Find(Call& call);
Value SortBy(Call& call);
Value Sort(Call& call);
Value GroupBy(Call& call);

// string.cpp
Value ContainsText(Call& call);
Value StartsWith(Call& call);
Value EndsWith(Call& call);
Value Upper(Call& call);
Value Lower(Call& call);
Value Trim(Call& call);
Value Split(Call& call);
Value Join(Call& call);
Value Replace(Call& call);
Value Slice(Call& call);
Value Matches(Call& call);
Value Lines(Call& call);
Value Indent(Call& call);

// number.cpp
Value Abs(Call& call);
Value Floor(Call& call);
Value Ceil(Call& call);
Value Round(Call& call);
Value ToFloat(Call& call);
Value ParseIntText(Call& call);
Value ParseFloatText(Call& call);
Value Seconds(Call& call);
Value BytesOf(Call& call);

// encode.cpp
Value ToJsonText(Call& call);
Value Base64(Call& call);
Value Sha256Text(Call& call);

// secret.cpp
Value SecretEnv(Call& call);
Value SecretFile(Call& call);
Value Declassify(Call& call);
Value ErrorOut(Call& call);

// graph.cpp
Value All(Call& call);
Value ResultOf(Call& call);

}  // namespace opsc::eval::builtin
