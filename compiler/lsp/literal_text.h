// What may be written for a type, and checks of a place that is still to be written.
#pragma once

#include "compiler/lsp/workspace.h"

namespace opsc::lsp {

// Nothing that a user writes has this name.
inline constexpr std::string_view kHoleName = "opsc__hole";

// A piece with other text, in which the hole's name stands somewhere; null: it does not parse.
std::shared_ptr<Slice> CheckHole(Program& program, const Piece& piece, std::string text);

// A field of the type itself, not one that every instance has.
bool IsOwnField(const Slice& slice, const RecordField& field);

// A value to begin with: "\"\"", "0", "\"dev\"", "{}"…
std::string PlainLiteral(const Model& model, TypeId type);
// As a snippet: `${N:…}` where something is to be filled in, and fields that are required.
std::string SnippetFor(const Model& model, TypeId type, int& tab);
// A text for a snippet, as it is.
std::string EscapeSnippet(std::string_view text);

// The literals of a type: "\"dev\"", "\"prod\"", "true"…
std::vector<std::string> LiteralsOf(const Model& model, TypeId type);

}  // namespace opsc::lsp
