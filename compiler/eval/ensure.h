// Values against types at run time: `EnsureExpr`, match arms on types, parameters.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "compiler/model/model.h"

namespace opsc::eval {

class Interpreter;
struct TypeChecker;

// Checks values against types with one prepared checker a type.
class Ensurer {
 public:
  explicit Ensurer(Interpreter& interpreter);
  ~Ensurer();

  // `value` with the defaults of declared records filled in, `file` instances as files and secrets
  // marked; or a diagnostic that names the path inside of the value, and null.
  Value Ensure(const Value& value, TypeId type, Span span);
  // Does it fit as it is? Reports nothing and runs no checks.
  bool Fits(const Value& value, TypeId type);
  // Why it does not fit, with the path inside of it; empty where it fits.
  std::string Mismatch(const Value& value, TypeId type);
  // Would Ensure change values that the checker let through: files, secrets?
  bool Converts(TypeId type);

 private:
  enum class Verdict : uint8_t { kSame, kChanged, kBad, kFailed };
  struct Run {
    Span span;
    bool test_only = false;
  };

  const TypeChecker& CheckerOf(TypeId type);
  void Prepare(TypeChecker& checker, TypeId type);
  void PrepareFields(TypeChecker& checker, const std::vector<RecordField>& fields,
                     const NominalInfo* info);
  bool Converts(const TypeChecker& checker, std::vector<const TypeChecker*>& above);

  Verdict Check(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict CheckPlain(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict CheckPrim(const TypeChecker& checker, const Value& value, Value& out);
  Verdict CheckUnion(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict CheckList(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict CheckMap(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict CheckRecord(const TypeChecker& checker, const Value& value, Value& out, const Run& run);
  Verdict FillDefaults(const TypeChecker& checker, const Value& value, std::vector<Field>& changed,
                       const Run& run);
  Verdict CheckRules(const TypeChecker& checker, const Value& record, const Run& run);

  std::string Explain(const TypeChecker& checker, const Value& value, const std::string& path);
  std::string ExplainRecord(const TypeChecker& checker, const Value& value,
                            const std::string& path);
  std::string ExplainUnion(const TypeChecker& checker, const Value& value, const std::string& path);
  std::string ExplainLeaf(const TypeChecker& checker, const Value& value);

  Interpreter& interpreter_;
  std::unordered_map<TypeId, std::unique_ptr<TypeChecker>> checkers_;
};

}  // namespace opsc::eval
