#include "compiler/diag/render.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kHint:
      return "hint";
  }
  return "error";
}

// ---------------------------------------------------------------- text

struct Palette {
  std::string_view bold, red, yellow, cyan, dim, off;
};
constexpr Palette kPlain{};
constexpr Palette kColored{"\x1b[1m",    "\x1b[1;31m", "\x1b[1;33m",
                           "\x1b[1;36m", "\x1b[2m",    "\x1b[0m"};

std::string_view SeverityColor(Severity severity, const Palette& p) {
  return severity == Severity::kError ? p.red : severity == Severity::kWarning ? p.yellow : p.cyan;
}

// Width of one UTF-8 sequence start as printed: continuation bytes have none.
bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The part of a line that is shown: all of a short one, else what stands around a column.
struct Excerpt {
  std::string_view text;
  size_t begin = 0;  // in the line
};

Excerpt ExcerptAround(std::string_view line, size_t column) {
  constexpr size_t kMaxLine = 200;
  constexpr size_t kBefore = 60;
  size_t begin = column < kMaxLine ? 0 : column - kBefore;
  while (begin > 0 && begin < line.size() && IsContinuation(line[begin])) --begin;
  begin = std::min(begin, line.size());
  return {line.substr(begin, kMaxLine), begin};
}

// The line with a marker below: "  12 | code" and "     |  ^^^^ label".
void AppendSnippet(std::string& out, const Sources& sources, Span span, std::string_view label,
                   char marker, std::string_view color, const Palette& p) {
  if (sources[span.file].text.empty()) return;  // it could not be read
  LineColumn at = sources.Locate(span.file, span.begin);
  size_t column = static_cast<size_t>(at.column) - 1;
  Excerpt excerpt = ExcerptAround(sources.Line(span.file, at.line), column);
  std::string_view line = excerpt.text;
  size_t first = column - excerpt.begin;
  std::string indent, marks;
  for (size_t i = 0; i < line.size() && i < first; ++i) {
    if (!IsContinuation(line[i])) indent += line[i] == '\t' ? '\t' : ' ';
  }
  size_t last = std::min(line.size(), first + (span.end > span.begin ? span.end - span.begin : 1));
  for (size_t i = first; i < last; ++i) {
    if (!IsContinuation(line[i])) marks += marker;
  }
  if (marks.empty()) marks = marker;
  std::string number = std::to_string(at.line);
  std::string gutter(number.size(), ' ');
  out += fmt::format("  {}{} |{} {}\n", p.dim, number, p.off, line);
  out += fmt::format("  {}{} |{} {}{}{}", p.dim, gutter, p.off, indent, color, marks);
  if (!label.empty()) out += fmt::format(" {}", label);
  out += fmt::format("{}\n", p.off);
}

std::string Position(const Sources& sources, Span span) {
  LineColumn at = sources.Locate(span.file, span.begin);
  return fmt::format("{}:{}:{}", sources[span.file].path, at.line, at.column);
}

void AppendText(std::string& out, const Diagnostic& d, const Sources& sources, const Palette& p) {
  std::string_view color = SeverityColor(d.severity, p);
  if (d.span.valid()) out += fmt::format("{}{}:{} ", p.bold, Position(sources, d.span), p.off);
  out += fmt::format("{}{}{}: {}{}{} [{}]\n", color, SeverityName(d.severity), p.off, p.bold,
                     d.message, p.off, CodeOf(d.id));
  if (d.span.valid()) AppendSnippet(out, sources, d.span, "", '^', color, p);
  for (const RelatedSpan& related : d.related) {
    if (!related.span.valid()) {
      out += fmt::format("  {}note:{} {}\n", p.cyan, p.off, related.message);
      continue;
    }
    out += fmt::format("  {}{}:{} {}\n", p.dim, Position(sources, related.span), p.off,
                       related.message);
    AppendSnippet(out, sources, related.span, "", '-', p.cyan, p);
  }
  if (!d.hint.empty()) out += fmt::format("  {}hint:{} {}\n", p.cyan, p.off, d.hint);
}

// ---------------------------------------------------------------- JSON

Json PositionJson(const Sources& sources, FileId file, uint32_t offset) {
  LineColumn at = sources.Locate(file, offset);
  return {{"line", at.line}, {"column", at.column}};
}

Json RangeJson(const Sources& sources, Span span) {
  return {{"start", PositionJson(sources, span.file, span.begin)},
          {"end", PositionJson(sources, span.file, span.end)}};
}

Json DiagnosticJson(const Diagnostic& d, const Sources& sources) {
  Json json = {
      {"code", CodeOf(d.id)}, {"severity", SeverityName(d.severity)}, {"message", d.message}};
  if (d.span.valid()) {
    json["file"] = sources[d.span.file].path;
    json["range"] = RangeJson(sources, d.span);
  }
  if (!d.hint.empty()) json["hint"] = d.hint;
  json["related"] = Json::array();
  for (const RelatedSpan& related : d.related) {
    Json entry = {{"message", related.message}};
    if (related.span.valid()) {
      entry["file"] = sources[related.span.file].path;
      entry["range"] = RangeJson(sources, related.span);
    }
    json["related"].push_back(std::move(entry));
  }
  if (!d.fixes.empty()) {
    const Fix& fix = d.fixes.front();
    json["fix"] = {{"title", fix.title},
                   {"range", RangeJson(sources, fix.span)},
                   {"replacement", fix.replacement}};
  }
  return json;
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---------------------------------------------------------------- SARIF, GitHub

// SARIF counts columns in UTF-16 code units.
int Utf16Column(const Sources& sources, FileId file, LineColumn at) {
  std::string_view before =
      sources.Line(file, at.line).substr(0, static_cast<size_t>(at.column - 1));
  int column = 1;
  for (char c : before) {
    if (!IsContinuation(c)) column += static_cast<unsigned char>(c) >= 0xF0 ? 2 : 1;
  }
  return column;
}

Json SarifLocation(const Sources& sources, Span span) {
  LineColumn start = sources.Locate(span.file, span.begin);
  LineColumn end = sources.Locate(span.file, span.end);
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", sources[span.file].path}, {"uriBaseId", "%SRCROOT%"}}},
            {"region",
             {{"startLine", start.line},
              {"startColumn", Utf16Column(sources, span.file, start)},
              {"endLine", end.line},
              {"endColumn", Utf16Column(sources, span.file, end)}}}}}};
}

Json SarifResult(const Diagnostic& d, const Sources& sources) {
  Json result = {{"ruleId", CodeOf(d.id)},
                 {"level", d.severity == Severity::kHint ? "note" : SeverityName(d.severity)},
                 {"message", {{"text", d.message + (d.hint.empty() ? "" : "; " + d.hint)}}},
                 {"locations", Json::array()}};
  if (d.span.valid()) result["locations"].push_back(SarifLocation(sources, d.span));
  for (const RelatedSpan& related : d.related) {
    if (!related.span.valid()) continue;
    Json location = SarifLocation(sources, related.span);
    location["message"] = {{"text", related.message}};
    result["relatedLocations"].push_back(std::move(location));
  }
  return result;
}

std::string RenderSarif(const Diagnostics& diagnostics, const Sources& sources) {
  Json rules = Json::array();
  for (const DiagInfo& info : Catalogue()) {
    rules.push_back({{"id", CodeOf(info.id)},
                     {"name", info.name},
                     {"shortDescription", {{"text", info.text}}},
                     {"fullDescription", {{"text", info.help}}}});
  }
  Json results = Json::array();
  for (const Diagnostic& d : diagnostics.all()) results.push_back(SarifResult(d, sources));
  Json driver = {{"name", "opsc"}, {"rules", std::move(rules)}};
  Json run = {{"tool", {{"driver", std::move(driver)}}},
              {"columnKind", "utf16CodeUnits"},
              {"results", std::move(results)}};
  Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
              {"version", "2.1.0"},
              {"runs", Json::array({std::move(run)})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Workflow commands: `%`, CR and LF are escaped in data, also `:` and `,` in properties.
std::string EscapeAnnotation(std::string_view text, bool is_property) {
  std::string escaped;
  for (char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (is_property && (c == ':' || c == ','))) {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string GithubAnnotation(const Diagnostic& d, const Sources& sources) {
  std::string line =
      fmt::format("::{} ", d.severity == Severity::kHint ? "notice" : SeverityName(d.severity));
  if (d.span.valid()) {
    LineColumn start = sources.Locate(d.span.file, d.span.begin);
    LineColumn end = sources.Locate(d.span.file, d.span.end);
    line += fmt::format("file={},line={},col={},endLine={},endColumn={},",
                        EscapeAnnotation(sources[d.span.file].path, true), start.line, start.column,
                        end.line, end.column);
  }
  line += fmt::format("title={}::{}", CodeOf(d.id), EscapeAnnotation(d.message, false));
  if (!d.hint.empty()) line += EscapeAnnotation("\n" + d.hint, false);
  return line + "\n";
}

}  // namespace

std::string Render(const Diagnostics& diagnostics, const Sources& sources, DiagFormat format,
                   Color color) {
  if (format == DiagFormat::kSarif) return RenderSarif(diagnostics, sources);
  std::string out;
  for (const Diagnostic& d : diagnostics.all()) {
    if (format == DiagFormat::kText) {
      AppendText(out, d, sources, color == Color::kAlways ? kColored : kPlain);
    } else if (format == DiagFormat::kJson) {
      out += DumpJson(DiagnosticJson(d, sources)) + "\n";
    } else {
      out += GithubAnnotation(d, sources);
    }
  }
  return out;
}

}  // namespace opsc
