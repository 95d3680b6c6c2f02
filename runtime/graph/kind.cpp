#include "runtime/graph/kind.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "runtime/base/check.h"

namespace opsc {

Role RoleOf(std::string_view type) {
  constexpr std::array<std::string_view, 5> kNotes = {"pipeline", "environment", "policy", "test",
                                                      "sync"};
  // Those that the driver makes of datasets and models are tasks under another name
  // (compiler/driver/ml).
  constexpr std::array<std::string_view, 8> kTasks = {
      "task", "dataset", "chunk", "features", "packages", "training", "batch", "predictions"};
  if (std::ranges::find(kTasks, type) != kTasks.end()) return Role::kTask;
  if (type == "action") return Role::kAction;
  bool note = std::ranges::find(kNotes, type) != kNotes.end();
  return note ? Role::kNote : Role::kResource;
}

uint64_t NewPass() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

void KindContext::Say(Event::Type type, const std::string& address, std::string message) const {
  if (events == nullptr) return;
  events->Take(
      {.type = type, .time = env->Now(), .address = address, .message = std::move(message)});
}

NaturalOrder Kind::OrderOf(const Value&) const {
  return {};
}

std::vector<std::string> Kind::ClaimsOf(const KindContext&, const Value&) const {
  return {};
}

Result<Forecast> Kind::Preview(const KindContext&, const ApplyRequest&) {
  return Forecast{};
}

std::string Kind::LikenessOf(const Value&) const {
  return "";
}

std::unique_ptr<Watch> Kind::WatchEntries(const KindContext&, std::span<const StateEntry>,
                                          std::function<void()>) {
  return nullptr;
}

void KindTable::Add(std::unique_ptr<Kind> kind) {
  OPS_CHECK(Find(kind->name()) == nullptr, "a kind was added twice");
  kinds_.push_back(std::move(kind));
}

Kind* KindTable::Find(std::string_view type) const {
  auto found = std::ranges::find_if(kinds_, [&](const auto& kind) { return kind->name() == type; });
  return found == kinds_.end() ? nullptr : found->get();
}

std::vector<std::string_view> KindTable::Names() const {
  std::vector<std::string_view> names;
  for (const auto& kind : kinds_) names.push_back(kind->name());
  std::ranges::sort(names);
  return names;
}

}  // namespace opsc
