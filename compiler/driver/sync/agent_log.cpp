#include "compiler/driver/sync/agent_log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/driver/live/event_json.h"
#include "compiler/driver/show/json_text.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

Style StyleOf(std::string_view state) {
  if (state == "synced" || state == "healed") return Style::kGreen;
  if (state == "refused" || state == "failed") return Style::kRed;
  return state == "drifted" ? Style::kYellow : Style::kDim;
}

std::string Title(const SyncEntry& entry) {
  if (entry.revision.empty()) return "";
  std::string title = " " + entry.revision.substr(0, 10);
  if (!entry.author.empty()) title += fmt::format(" {}: {}", entry.author, entry.subject);
  if (!entry.signer.empty()) title += fmt::format(" (signed by {})", entry.signer);
  return title;
}

}  // namespace

// Events of one run, under the addresses that `opsc why` takes.
class SyncOutput : public RunOutput {
 public:
  SyncOutput(AgentLog& log, std::string name) : log_(log), name_(std::move(name)) {}

 protected:
  void Show(const Event& event) override {
    Event named = event;
    if (!event.address.empty()) named.address = name_ + "/" + event.address;
    log_.Write(log_.session_.json ? EventLine(named) : EventText(log_.session_, named));
  }

 private:
  AgentLog& log_;
  std::string name_;
};

void AgentLog::Say(const std::string& name, const SyncEntry& entry, const std::string& details) {
  if (session_.json) {
    Json json = {{"v", 1}, {"time", FormatTime(entry.time)}, {"type", "sync"}, {"sync", name}};
    Json body = SyncEntryJson(entry);
    body.erase("time");
    json.update(body);
    return Write(JsonText(json) + "\n");
  }
  std::string text = fmt::format(
      "{} {} {}{}", FormatTime(entry.time), name,
      Paint(session_.terminal.out_color, StyleOf(entry.state), entry.state), Title(entry));
  if (!entry.message.empty()) text += ": " + entry.message;
  Write(text + "\n" + details);
}

void AgentLog::Note(const std::string& message) {
  Event event;
  event.type = Event::Type::kNotice;
  event.time = session_.env->Now();
  event.message = message;
  Write(session_.json ? EventLine(event) : fmt::format("{} {}\n", FormatTime(event.time), message));
}

std::unique_ptr<RunOutput> AgentLog::MakeOutput(const std::string& name) {
  return std::make_unique<SyncOutput>(*this, name);
}

void AgentLog::Write(const std::string& text) {
  std::lock_guard lock(mutex_);
  WriteOut(text);
}

}  // namespace opsc
