// Completion items, by where they come from.
#pragma once

#include <array>
#include <set>

#include "compiler/lsp/completion_names.h"
#include "compiler/lsp/hole_at.h"

namespace opsc::lsp {

enum class ItemKind : int {
  kFunction = 3,
  kField = 5,
  kVariable = 6,
  kClass = 7,
  kModule = 9,
  kProperty = 10,
  kUnit = 11,
  kValue = 12,
  kKeyword = 14,
  kSnippet = 15,
  kFile = 17,
  kFolder = 19,
  kEnumMember = 20,
  kConstant = 21,
};
ItemKind KindOf(UseOf of);

inline constexpr std::array<std::string_view, 17> kPrimitiveTypes{
    "bool", "int",  "float", "string", "bytes", "time",   "duration", "size",  "ratio",
    "path", "file", "files", "url",    "regex", "semver", "template", "secret"};

// The list that is being made for one place.
struct Offer {
  Workspace& w;
  const Spot& spot;
  HoleAt hole;
  Range range;  // of what is typed so far
  Json items;
  std::set<std::string> labels = {};
  Json dropped = {};  // stands for an item that is there already
};

// `order`: items are sorted by it, then by label.
void AddPlain(Offer& offer, const std::string& label, ItemKind kind, const std::string& detail,
              std::string_view order);
// Of an expected type: its literals, units, a record with what it requires.
void AddExpected(Offer& offer, TypeId type);
void AddMember(Offer& offer, const RecordField& field, NominalId of);
// Functions that take such a value first, to be written as methods.
void AddMethods(Offer& offer, TypeId type);
void AddField(Offer& offer, const Hole& hole, const RecordField& field);
// All fields that are required, as one snippet.
void AddRequiredFields(Offer& offer, const Hole& hole);
enum class Names : uint8_t { kValues, kTypes, kAll };
void AddModuleNames(Offer& offer, const ProgramModule& module, Names names, std::string_view order);
void AddDeclarations(Offer& offer);
void AddImports(Offer& offer);

// The documentation of what an item's `data` points to.
std::string DescribeOffered(const Program& program, Span span, const std::string& field);

}  // namespace opsc::lsp
