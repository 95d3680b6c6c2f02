#include "compiler/lsp/serve.h"

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "compiler/lsp/session.h"

namespace opsc::lsp {
namespace {

// What the reader hands to the server.
struct Inbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> bodies;
  bool woken = false;
  bool ended = false;

  void Wake() {
    std::lock_guard lock(mutex);
    woken = true;
    changed.notify_one();
  }
};

// A cancellation overtakes what waits.
void NoteCancel(const std::string& body, Session& session) {
  if (body.find("$/cancelRequest") == body.npos) return;
  Json message = Json::parse(body, nullptr, false);
  if (message.is_object() && At(message, {"method"}, std::string()) == "$/cancelRequest") {
    session.Cancel(At(message, {"params", "id"}, Json()));
  }
}

void ReadAll(int in, Inbox& inbox, Session& session) {
  Framing framing;
  char buffer[65536];
  for (;;) {
    ssize_t count = read(in, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    framing.Feed({buffer, static_cast<size_t>(count)});
    while (auto body = framing.Next()) {
      NoteCancel(*body, session);
      std::lock_guard lock(inbox.mutex);
      inbox.bodies.push_back(*std::move(body));
      inbox.changed.notify_one();
    }
  }
  std::lock_guard lock(inbox.mutex);
  inbox.ended = true;
  inbox.changed.notify_one();
}

void WriteAll(int out, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(out, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // the client is gone: reading will end
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

// The next message, if one is there; `wait`: until there is something to do.
enum class Wait : uint8_t { kNo, kYes };
std::optional<std::string> Take(Inbox& inbox, Wait wait) {
  std::unique_lock lock(inbox.mutex);
  if (wait == Wait::kYes) {
    inbox.changed.wait(lock, [&] { return !inbox.bodies.empty() || inbox.ended || inbox.woken; });
  }
  inbox.woken = false;
  if (inbox.bodies.empty()) return std::nullopt;
  std::string body = std::move(inbox.bodies.front());
  inbox.bodies.pop_front();
  return body;
}

bool HasEnded(Inbox& inbox) {
  std::lock_guard lock(inbox.mutex);
  return inbox.ended && inbox.bodies.empty();
}

}  // namespace

int Serve(const Host& host, int in, int out) {
  Inbox inbox;
  Session session(
      host, [out](const Json& message) { WriteAll(out, Frame(message)); },
      [&inbox] { inbox.Wake(); });
  std::thread reader([&] { ReadAll(in, inbox, session); });
  bool busy = false;
  while (!session.has_exited() && !HasEnded(inbox)) {
    auto body = Take(inbox, busy ? Wait::kNo : Wait::kYes);
    if (body) {
      session.Handle(*body);
      busy = true;
    } else {
      busy = session.Idle();
    }
  }
  int code = session.exit_code();
  session.StopRuns();
  close(in);
  reader.detach();  // it may wait for bytes that never come; the process ends now
  _exit(code);
}

}  // namespace opsc::lsp
