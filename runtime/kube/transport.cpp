#include "runtime/kube/transport.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "runtime/kube/curl_endpoint.h"

namespace opsc {
namespace {

// One request on its way. The sender waits for `done`; the transport's thread does the rest.
struct Exchange {
  const HttpRequest* request = nullptr;
  CURL* handle = nullptr;
  curl_slist* headers = nullptr;
  char error[CURL_ERROR_SIZE] = {};
  CURLcode code = CURLE_OK;
  HttpResponse response;
  bool cancelled = false;
  bool done = false;
  std::condition_variable ended;  // each sender is woken by its own answer alone
};

size_t TakeBody(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string_view bytes(data, size);
  if (exchange.request->on_data && exchange.response.status < 300) {
    exchange.request->on_data(bytes);
  } else {
    exchange.response.body.append(bytes);
  }
  return size;
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if ((text[i] | 0x20) != (prefix[i] | 0x20)) return false;
  }
  return true;
}

size_t TakeHeader(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string_view line(data, size);
  constexpr std::string_view kRetryAfter = "retry-after:";
  if (line.starts_with("HTTP/")) {
    size_t space = line.find(' ');
    exchange.response.status =
        space == std::string_view::npos ? 0 : atoi(line.substr(space + 1).data());
  } else if (StartsWithIgnoringCase(line, kRetryAfter)) {
    exchange.response.retry_after = line.substr(kRetryAfter.size());
  }
  return size;
}

// All exchanges run on one thread, on connections that libcurl keeps; what goes on, such as a
// watch, has one of its own.
class CurlTransport : public Transport {
 public:
  CurlTransport(const CurlLibrary& curl, Endpoint endpoint)
      : curl_(curl), endpoint_(std::move(endpoint)), multi_(curl.multi_init()) {
    LimitConnections();
    thread_ = std::thread([this] { Run(); });
  }
  ~CurlTransport() override {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    curl_.multi_wakeup(multi_);
    thread_.join();
    for (CURL* handle : idle_) curl_.easy_cleanup(handle);
    curl_.multi_cleanup(multi_);
    curl_.slist_free_all(connect_to_);
  }

  std::expected<HttpResponse, TransportError> Send(const HttpRequest& request,
                                                   std::stop_token stop) override {
    if (stop.stop_requested()) return Cancelled();
    Exchange exchange;
    exchange.request = &request;
    {
      std::lock_guard lock(mutex_);
      arrived_.push_back(&exchange);
    }
    curl_.multi_wakeup(multi_);
    std::stop_callback on_stop(stop, [&] {
      std::lock_guard lock(mutex_);
      if (exchange.done) return;
      cancelled_.push_back(&exchange);
      curl_.multi_wakeup(multi_);
    });
    std::unique_lock lock(mutex_);
    exchange.ended.wait(lock, [&] { return exchange.done; });
    std::erase(cancelled_, &exchange);
    lock.unlock();
    if (exchange.cancelled) return Cancelled();
    if (exchange.code == CURLE_OK) return std::move(exchange.response);
    const char* text =
        exchange.error[0] != '\0' ? exchange.error : curl_.easy_strerror(exchange.code);
    return std::unexpected(TransportError{KindOfCurlError(exchange.code), text});
  }
  std::expected<OpenedSocket, TransportError> OpenSocket(const HttpRequest& request,
                                                         const std::string& protocol,
                                                         std::stop_token stop) override {
    return OpenWebSocket(curl_, endpoint_, request, protocol, std::move(stop));
  }

 private:
  static constexpr long kConnections = 8;

  static std::unexpected<TransportError> Cancelled() {
    return std::unexpected(TransportError{TransportError::Kind::kCancelled, "cancelled"});
  }

  // Streams that go on would keep all others waiting.
  void LimitConnections() {
    curl_.multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnections + streams_);
  }

  void SetTarget(Exchange& exchange) {
    CURL* handle = exchange.handle;
    const CurlTarget target = TargetOf(endpoint_, exchange.request->path);
    for (const std::string& header : exchange.request->headers) {
      exchange.headers = curl_.slist_append(exchange.headers, header.c_str());
    }
    if (!target.connect_to.empty()) {
      exchange.headers =
          curl_.slist_append(exchange.headers, ("Host: " + target.authority).c_str());
      if (connect_to_ == nullptr) {
        connect_to_ = curl_.slist_append(nullptr, target.connect_to.c_str());
      }
      curl_.easy_setopt(handle, CURLOPT_CONNECT_TO, connect_to_);
    }
    curl_.easy_setopt(handle, CURLOPT_URL, target.url.c_str());
    curl_.easy_setopt(handle, CURLOPT_HTTPHEADER, exchange.headers);
  }

  void SetMethod(Exchange& exchange) {
    CURL* handle = exchange.handle;
    const HttpRequest& request = *exchange.request;
    bool is_get = request.method == "GET";
    curl_.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_.easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    if (!is_get && !request.body.empty()) {
      curl_.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                        static_cast<curl_off_t>(request.body.size()));
      curl_.easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
      curl_.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    long limit = static_cast<long>(request.timeout.count());
    bool streams = static_cast<bool>(request.on_data);
    curl_.easy_setopt(handle, CURLOPT_TIMEOUT_MS, streams ? 0L : limit);
    curl_.easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, streams ? 1L : 0L);
    curl_.easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, streams ? std::max(limit / 1000, 1L) : 0L);
  }

  CURL* TakeHandle() {
    if (idle_.empty()) {
      CURL* handle = curl_.easy_init();
      curl_.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
      curl_.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
      // Not HTTP/2: in libcurl 7.88 a request that shares its connection with a watch may wait for
      // an answer that has arrived, until its time is over.
      curl_.easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
      curl_.easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
      curl_.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
      curl_.easy_setopt(handle, CURLOPT_WRITEFUNCTION, TakeBody);
      curl_.easy_setopt(handle, CURLOPT_HEADERFUNCTION, TakeHeader);
      SetEndpoint(curl_, handle, endpoint_);
      return handle;
    }
    CURL* handle = idle_.back();
    idle_.pop_back();
    return handle;
  }

  void Begin(Exchange& exchange) {
    exchange.handle = TakeHandle();
    SetTarget(exchange);
    SetMethod(exchange);
    CURL* handle = exchange.handle;
    curl_.easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    curl_.easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
    curl_.easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange.error);
    curl_.easy_setopt(handle, CURLOPT_PRIVATE, &exchange);
    if (exchange.request->on_data) {
      ++streams_;
      LimitConnections();
    }
    curl_.multi_add_handle(multi_, handle);
    running_.push_back(&exchange);
  }

  void End(Exchange& exchange, CURLcode code) {
    curl_.multi_remove_handle(multi_, exchange.handle);
    curl_.easy_setopt(exchange.handle, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    curl_.easy_setopt(exchange.handle, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    curl_.slist_free_all(exchange.headers);
    idle_.push_back(exchange.handle);
    std::erase(running_, &exchange);
    if (exchange.request->on_data) {
      --streams_;
      LimitConnections();
    }
    std::lock_guard lock(mutex_);
    exchange.code = code;
    exchange.done = true;
    exchange.ended.notify_one();  // under the lock: the exchange goes with its sender
  }

  // New requests and wishes to end one. False: the transport is closing.
  bool TakeOrders() {
    std::vector<Exchange*> arrived;
    std::vector<Exchange*> cancelled;
    {
      std::lock_guard lock(mutex_);
      if (closing_) return false;
      arrived.swap(arrived_);
      cancelled.swap(cancelled_);
    }
    for (Exchange* exchange : arrived) Begin(*exchange);
    for (Exchange* exchange : cancelled) {
      if (std::ranges::find(running_, exchange) == running_.end()) continue;
      exchange->cancelled = true;
      End(*exchange, CURLE_ABORTED_BY_CALLBACK);
    }
    return true;
  }

  void Run() {
    while (TakeOrders()) {
      int active = 0;
      curl_.multi_perform(multi_, &active);
      int left = 0;
      while (CURLMsg* message = curl_.multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        Exchange* exchange = nullptr;
        curl_.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        End(*exchange, message->data.result);
      }
      curl_.multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
  }

  const CurlLibrary& curl_;
  const Endpoint endpoint_;
  CURLM* multi_;
  // Of the transport's thread alone.
  std::vector<CURL*> idle_;
  std::vector<Exchange*> running_;
  curl_slist* connect_to_ = nullptr;
  long streams_ = 0;

  std::mutex mutex_;
  std::vector<Exchange*> arrived_;
  std::vector<Exchange*> cancelled_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Transport>> Transport::Make(Endpoint endpoint) {
  OPS_ASSIGN(const CurlLibrary* curl, LoadCurl());
  return std::make_unique<CurlTransport>(*curl, std::move(endpoint));
}

}  // namespace opsc
