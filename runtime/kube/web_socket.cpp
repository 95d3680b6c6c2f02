// WebSockets (RFC 6455): the handshake on a connection of libcurl, the frames by wslay.
#include <fmt/format.h>
#include <poll.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <random>

#include "runtime/graph/base64.h"
#include "runtime/kube/curl_endpoint.h"

namespace opsc {
namespace {

constexpr size_t kLongestHead = 64 * 1024;
constexpr auto kSlice = std::chrono::milliseconds(100);  // between two looks at the stop token
constexpr long kConnectTimeout = 30000;
constexpr int kPatience = 30000;  // milliseconds for the answer to the handshake

std::unexpected<TransportError> Broken(std::string message) {
  return std::unexpected(TransportError{TransportError::Kind::kBroken, std::move(message)});
}
std::unexpected<TransportError> Cancelled() {
  return std::unexpected(TransportError{TransportError::Kind::kCancelled, "cancelled"});
}

std::string RandomBytes(size_t count) {
  thread_local std::random_device random;
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// A connection with TLS on it, as bytes.
class Connection {
 public:
  Connection(const CurlLibrary& curl, Endpoint endpoint)
      : curl_(curl), endpoint_(std::move(endpoint)), handle_(curl.easy_init()) {}
  ~Connection() {
    curl_.easy_cleanup(handle_);
    curl_.slist_free_all(connect_to_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::expected<void, TransportError> Open(const CurlTarget& target) {
    curl_.easy_setopt(handle_, CURLOPT_URL, target.url.c_str());
    curl_.easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_.easy_setopt(handle_, CURLOPT_CONNECT_ONLY, 1L);
    curl_.easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeout);
    curl_.easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_.easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
    SetEndpoint(curl_, handle_, endpoint_);
    if (!target.connect_to.empty()) {
      connect_to_ = curl_.slist_append(nullptr, target.connect_to.c_str());
      curl_.easy_setopt(handle_, CURLOPT_CONNECT_TO, connect_to_);
    }
    const CURLcode code = curl_.easy_perform(handle_);
    if (code != CURLE_OK) {
      return std::unexpected(TransportError{KindOfCurlError(code), curl_.easy_strerror(code)});
    }
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_.easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &socket);
    socket_ = socket;
    return {};
  }

  // Bytes moved; 0: not now.
  std::expected<size_t, TransportError> Write(std::string_view bytes) {
    size_t done = 0;
    const CURLcode code = curl_.easy_send(handle_, bytes.data(), bytes.size(), &done);
    if (code == CURLE_OK || code == CURLE_AGAIN) return done;
    return Broken(curl_.easy_strerror(code));
  }
  std::expected<size_t, TransportError> Read(char* data, size_t size) {
    size_t done = 0;
    const CURLcode code = curl_.easy_recv(handle_, data, size, &done);
    if (code == CURLE_AGAIN) return 0;
    if (code != CURLE_OK) return Broken(curl_.easy_strerror(code));
    if (done == 0) return Broken("the server closed the connection");
    return done;
  }
  void WaitFor(short events, std::chrono::milliseconds longest) const {
    pollfd polled{socket_, events, 0};
    (void)poll(&polled, 1, static_cast<int>(longest.count()));
  }

 private:
  const CurlLibrary& curl_;
  const Endpoint endpoint_;
  CURL* const handle_;
  curl_slist* connect_to_ = nullptr;
  int socket_ = -1;
};

class CurlWebSocket : public WebSocket {
 public:
  // `early`: what came behind the handshake.
  CurlWebSocket(std::unique_ptr<Connection> connection, std::string early)
      : connection_(std::move(connection)), early_(std::move(early)) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = OnReceive;
    callbacks.send_callback = OnSend;
    callbacks.genmask_callback = OnMask;
    callbacks.on_msg_recv_callback = OnMessage;
    wslay_event_context_client_init(&context_, &callbacks, this);
  }
  ~CurlWebSocket() override { wslay_event_context_free(context_); }

  std::expected<void, TransportError> Send(std::string_view message,
                                           const std::stop_token& stop) override {
    const wslay_event_msg queued{WSLAY_BINARY_FRAME,
                                 reinterpret_cast<const uint8_t*>(message.data()), message.size()};
    if (wslay_event_queue_msg(context_, &queued) != 0) return Broken("it is closed already");
    while (wslay_event_want_write(context_) != 0) {
      if (stop.stop_requested()) return Cancelled();
      if (auto moved = Move(); !moved) return moved;
    }
    return {};
  }

  std::expected<std::optional<std::string>, TransportError> Receive(
      const std::stop_token& stop) override {
    while (arrived_.empty()) {
      if (stop.stop_requested()) return Cancelled();
      if (closed_) return std::nullopt;
      auto moved = Move();
      if (moved || !arrived_.empty()) continue;
      return std::unexpected(moved.error());
    }
    std::string message = std::move(arrived_.front());
    arrived_.pop_front();
    return message;
  }

 private:
  // Sends and receives what can be, waiting a little for the chance.
  std::expected<void, TransportError> Move() {
    Step();
    if (!error_.empty() && !closed_) return Broken(error_);
    if (moved_ || closed_) return {};
    const bool writes = wslay_event_want_write(context_) != 0;
    connection_->WaitFor(static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), kSlice);
    return {};
  }

  void Step() {
    moved_ = false;
    int failed = wslay_event_recv(context_);
    if (failed == 0) failed = wslay_event_send(context_);
    if (failed != 0 && error_.empty()) error_ = "the server broke the rules of WebSockets";
    if (wslay_event_get_close_received(context_) != 0) closed_ = true;
  }

  static CurlWebSocket& Self(void* user) { return *static_cast<CurlWebSocket*>(user); }

  static ssize_t OnReceive(wslay_event_context_ptr context, uint8_t* data, size_t size, int,
                           void* user) {
    CurlWebSocket& self = Self(user);
    if (!self.early_.empty()) {
      const size_t count = std::min(size, self.early_.size());
      std::copy_n(self.early_.data(), count, reinterpret_cast<char*>(data));
      self.early_.erase(0, count);
      return static_cast<ssize_t>(count);
    }
    return self.Note(context, self.connection_->Read(reinterpret_cast<char*>(data), size));
  }
  static ssize_t OnSend(wslay_event_context_ptr context, const uint8_t* data, size_t size, int,
                        void* user) {
    CurlWebSocket& self = Self(user);
    return self.Note(context, self.connection_->Write({reinterpret_cast<const char*>(data), size}));
  }
  static int OnMask(wslay_event_context_ptr, uint8_t* data, size_t size, void*) {
    const std::string mask = RandomBytes(size);
    std::copy_n(mask.data(), size, reinterpret_cast<char*>(data));
    return 0;
  }
  static void OnMessage(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                        void* user) {
    if (wslay_is_ctrl_frame(message->opcode)) return;  // wslay answers them
    Self(user).arrived_.emplace_back(reinterpret_cast<const char*>(message->msg),
                                     message->msg_length);
  }

  ssize_t Note(wslay_event_context_ptr context, std::expected<size_t, TransportError> moved) {
    if (moved && *moved > 0) {
      moved_ = true;
      return static_cast<ssize_t>(*moved);
    }
    if (!moved) error_ = moved.error().message;
    wslay_event_set_error(context, moved ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
  }

  const std::unique_ptr<Connection> connection_;
  wslay_event_context_ptr context_ = nullptr;
  std::string early_;
  std::deque<std::string> arrived_;
  std::string error_;
  bool moved_ = false;
  bool closed_ = false;
};

std::string Handshake(const CurlTarget& target, const HttpRequest& request,
                      const std::string& protocol) {
  std::string text = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Protocol: {}\r\n",
      target.path, target.authority, EncodeBase64(RandomBytes(16)), protocol);
  for (const std::string& header : request.headers) text += header + "\r\n";
  return text + "\r\n";
}

int StatusIn(std::string_view head) {
  const size_t space = head.find(' ');
  int status = 0;
  if (space != std::string_view::npos) {
    std::from_chars(head.data() + space + 1, head.data() + head.size(), status);
  }
  return status;
}

// Reads until `enough`, or for as long as patience lasts.
template <typename Enough>
std::expected<void, TransportError> ReadUntil(Connection& connection, std::string& bytes,
                                              const std::stop_token& stop, const Enough& enough) {
  const auto ends = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience);
  char block[4096];
  while (!enough() && bytes.size() < kLongestHead) {
    if (stop.stop_requested()) return Cancelled();
    if (std::chrono::steady_clock::now() > ends) {
      return std::unexpected(TransportError{TransportError::Kind::kTimeout, "no answer"});
    }
    auto count = connection.Read(block, sizeof block);
    if (!count) return std::unexpected(count.error());
    bytes.append(block, *count);
    if (*count == 0) connection.WaitFor(POLLIN, kSlice);
  }
  return {};
}

}  // namespace

std::expected<OpenedSocket, TransportError> OpenWebSocket(const CurlLibrary& curl,
                                                          const Endpoint& endpoint,
                                                          const HttpRequest& request,
                                                          const std::string& protocol,
                                                          std::stop_token stop) {
  const CurlTarget target = TargetOf(endpoint, request.path);
  auto connection = std::make_unique<Connection>(curl, endpoint);
  if (auto opened = connection->Open(target); !opened) return std::unexpected(opened.error());
  const std::string handshake = Handshake(target, request, protocol);
  for (size_t sent = 0; sent < handshake.size();) {
    if (stop.stop_requested()) return Cancelled();
    auto count = connection->Write(std::string_view(handshake).substr(sent));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) connection->WaitFor(POLLOUT, kSlice);
    sent += *count;
  }
  std::string bytes;
  size_t end = std::string::npos;
  auto head = ReadUntil(*connection, bytes, stop, [&] {
    end = bytes.find("\r\n\r\n");
    return end != std::string::npos;
  });
  if (!head) return std::unexpected(head.error());
  if (end == std::string::npos) return Broken("the answer is no HTTP");
  OpenedSocket opened;
  opened.refusal.status = StatusIn(bytes);
  std::string rest = bytes.substr(end + 4);
  if (opened.refusal.status == 101) {
    opened.socket = std::make_unique<CurlWebSocket>(std::move(connection), std::move(rest));
    return opened;
  }
  // Its body tells why; it ends where the JSON object does, or with the connection.
  (void)ReadUntil(*connection, rest, stop, [&] { return rest.ends_with("}\n"); });
  opened.refusal.body = std::move(rest);
  return opened;
}

}  // namespace opsc
