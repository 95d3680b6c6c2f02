#include "compiler/driver/live/event_json.h"

#include <nlohmann/json.hpp>

#include "compiler/diag/render.h"
#include "compiler/driver/show/json_text.h"
#include "compiler/driver/show/plan_json.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

Json Head(Time time, std::string_view type) {
  return {{"v", 1}, {"time", FormatTime(time)}, {"type", type}};
}

double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string_view TypeName(Event::Type type) {
  switch (type) {
    case Event::Type::kStart:
      return "start";
    case Event::Type::kProgress:
      return "progress";
    case Event::Type::kLog:
      return "log";
    case Event::Type::kDone:
      return "done";
    case Event::Type::kCached:
      return "cached";
    case Event::Type::kFailed:
      return "failed";
    case Event::Type::kSkipped:
      return "skipped";
    case Event::Type::kCancelled:
      return "cancelled";
    case Event::Type::kNotice:
      return "notice";
  }
  return "progress";
}

Json Counts(const PlanSummary& summary) {
  return {{"run", summary.run},
          {"create", summary.create},
          {"update", summary.update},
          {"replace", summary.replace},
          {"delete", summary.destroy},
          {"adopt", summary.adopt},
          {"forget", summary.forget},
          {"move", summary.move},
          {"up_to_date", summary.up_to_date}};
}

Json OutsJson(const std::vector<std::pair<std::string, Value>>& outs) {
  Json json = Json::object();
  for (const auto& [name, value] : outs) ToJson(value, SecretPolicy::kRedact, json[name]);
  return json;
}

}  // namespace

std::vector<std::string> DiagnosticEvents(const LoadedProgram& program, Time now) {
  std::vector<std::string> events;
  std::string head = JsonText(Head(now, "diagnostic"));
  head.back() = ',';
  std::string lines =
      Render(program.diagnostics, program.parsed.sources, DiagFormat::kJson, Color::kNever);
  for (size_t begin = 0; begin < lines.size();) {
    size_t end = lines.find('\n', begin) + 1;
    events.push_back(head + lines.substr(begin + 1, end - begin - 1));
    begin = end;
  }
  return events;
}

std::string EventLine(const Event& event) {
  Json json = Head(event.time, TypeName(event.type));
  if (!event.address.empty()) json["address"] = event.address;
  if (!event.message.empty()) {
    json[event.type == Event::Type::kStart ? "action" : "message"] = event.message;
  }
  bool ended = event.type == Event::Type::kDone || event.type == Event::Type::kFailed;
  if (ended) json["seconds"] = Seconds(event.duration);
  return JsonText(json) + "\n";
}

std::vector<std::string> PlanEvents(const Plan& plan, Time now) {
  std::vector<std::string> lines;
  auto add = [&](std::string_view type, const Json& body) {
    Json json = Head(now, type);
    json.update(body);
    lines.push_back(JsonText(json) + "\n");
  };
  for (const Change& change : plan.changes) add("change", ChangeJson(change));
  for (const Drift& drift : plan.drift) add("drift", DriftJson(drift));
  for (const GraphCheck& check : plan.checks) add("check", CheckJson(check));
  for (const std::string& note : plan.notes) add("notice", {{"message", note}});
  return lines;
}

std::string PlanSummaryLine(const Plan& plan, int exit_code, Time now) {
  Json json = Head(now, "summary");
  json["counts"] = Counts(plan.Summary());
  json["outs"] = OutsJson(plan.outs);
  json["exit"] = exit_code;
  return JsonText(json) + "\n";
}

std::string ApplySummaryLine(const ApplyResult& result, int exit_code, Time now) {
  Json json = Head(now, "summary");
  if (!result.run_id.empty()) json["run"] = result.run_id;
  json["counts"] = {
      {"run", result.ran},        {"cached", result.cached},    {"create", result.created},
      {"update", result.updated}, {"replace", result.replaced}, {"delete", result.destroyed},
      {"failed", result.failed},  {"skipped", result.skipped},  {"cancelled", result.cancelled}};
  json["outs"] = OutsJson(result.outs);
  json["exit"] = exit_code;
  return JsonText(json) + "\n";
}

std::string TestSummaryLine(int passed, int failed, int exit_code, Time now) {
  Json json = Head(now, "summary");
  json["counts"] = {{"passed", passed}, {"failed", failed}};
  json["exit"] = exit_code;
  return JsonText(json) + "\n";
}

std::string ErrorLine(const Error& error, int exit_code, Time now) {
  Json json = Head(now, "summary");
  json["error"] = {{"message", error.message}, {"hint", error.hint}};
  json["exit"] = exit_code;
  return JsonText(json) + "\n";
}

}  // namespace opsc
