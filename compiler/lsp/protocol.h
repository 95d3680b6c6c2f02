// The few shapes of the protocol that many features share, from and to JSON.
#pragma once

#include "compiler/lsp/json_rpc.h"
#include "compiler/lsp/positions.h"

namespace opsc::lsp {

inline Json ToJson(Position p) {
  return {{"line", p.line}, {"character", p.character}};
}
inline Json ToJson(const Range& range) {
  return {{"start", ToJson(range.start)}, {"end", ToJson(range.end)}};
}
// Throw what nlohmann throws where the JSON has another shape: the dispatcher answers.
Position PositionFrom(const Json& json);
Range RangeFrom(const Json& json);

inline Json LocationJson(std::string_view uri, const Range& range) {
  return {{"uri", uri}, {"range", ToJson(range)}};
}
inline Json TextEditJson(const Range& range, std::string_view text) {
  return {{"range", ToJson(range)}, {"newText", text}};
}
inline Json Markdown(std::string_view text) {
  return {{"kind", "markdown"}, {"value", text}};
}
// ```ops … ```
std::string CodeBlock(std::string_view code);

// `json[a][b]…` where all of it is there, else `otherwise`.
template <typename T>
T At(const Json& json, std::initializer_list<const char*> path, T otherwise) {
  const Json* at = &json;
  for (const char* key : path) {
    if (!at->is_object()) return otherwise;
    auto it = at->find(key);
    if (it == at->end()) return otherwise;
    at = &*it;
  }
  if constexpr (std::is_same_v<T, bool>) {
    return at->is_boolean() ? at->get<bool>() : otherwise;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return at->is_string() ? at->get<std::string>() : otherwise;
  } else if constexpr (std::is_same_v<T, Json>) {
    return *at;
  } else {
    return at->is_number_integer() ? at->get<T>() : otherwise;
  }
}

}  // namespace opsc::lsp
