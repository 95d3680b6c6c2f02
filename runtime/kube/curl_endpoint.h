// How libcurl gets to one server, whatever is said there. Internal to runtime/kube.
#pragma once

#include <string>

#include "runtime/kube/curl_library.h"
#include "runtime/kube/transport.h"

namespace opsc {

// What a request is sent to. With a `server_name`, the name that the certificate must have goes
// into the URL and the connection to the real host.
struct CurlTarget {
  std::string url;
  std::string authority;   // host:port of the server, for the header Host
  std::string path;        // of `url`, with the endpoint's prefix
  std::string connect_to;  // CURLOPT_CONNECT_TO; empty: none
};
CurlTarget TargetOf(const Endpoint& endpoint, const std::string& path);

// Certificates and proxy. `endpoint` must live as long as the handle.
void SetEndpoint(const CurlLibrary& curl, CURL* handle, const Endpoint& endpoint);

TransportError::Kind KindOfCurlError(CURLcode code);

// Transport::OpenSocket.
std::expected<OpenedSocket, TransportError> OpenWebSocket(const CurlLibrary& curl,
                                                          const Endpoint& endpoint,
                                                          const HttpRequest& request,
                                                          const std::string& protocol,
                                                          std::stop_token stop);

}  // namespace opsc
