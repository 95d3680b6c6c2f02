#include "runtime/kube/curl_endpoint.h"

namespace opsc {
namespace {

curl_blob BlobOf(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
}

// The parts of a URL.
struct Authority {
  std::string scheme, host, port, path;
};
Authority SplitUrl(const std::string& url) {
  Authority parts;
  size_t begin = url.find("://");
  parts.scheme = url.substr(0, begin);
  begin = begin == std::string::npos ? 0 : begin + 3;
  size_t slash = url.find('/', begin);
  std::string authority = url.substr(begin, slash - begin);
  if (slash != std::string::npos) parts.path = url.substr(slash);
  size_t colon = authority.rfind(':');
  bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  parts.host = authority.substr(0, has_port ? colon : std::string::npos);
  parts.port = has_port ? authority.substr(colon + 1) : "443";
  return parts;
}

}  // namespace

CurlTarget TargetOf(const Endpoint& endpoint, const std::string& path) {
  const Authority real = SplitUrl(endpoint.url);
  CurlTarget target;
  target.url = endpoint.url + path;
  target.authority = real.host + ":" + real.port;
  target.path = real.path + path;
  if (!endpoint.server_name.empty()) {
    target.url = real.scheme + "://" + endpoint.server_name + ":" + real.port + real.path + path;
    target.connect_to = "::" + target.authority;
  }
  return target;
}

void SetEndpoint(const CurlLibrary& curl, CURL* handle, const Endpoint& endpoint) {
  curl.easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl.easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!endpoint.proxy.empty()) {
    curl.easy_setopt(handle, CURLOPT_PROXY, endpoint.proxy.c_str());
  }
  if (!endpoint.ca.empty()) {
    curl_blob blob = BlobOf(endpoint.ca);
    curl.easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
    curl.easy_setopt(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!endpoint.certificate.empty()) {
    curl_blob certificate = BlobOf(endpoint.certificate);
    curl_blob key = BlobOf(endpoint.key);
    curl.easy_setopt(handle, CURLOPT_SSLCERTTYPE, "PEM");
    curl.easy_setopt(handle, CURLOPT_SSLKEYTYPE, "PEM");
    curl.easy_setopt(handle, CURLOPT_SSLCERT_BLOB, &certificate);
    curl.easy_setopt(handle, CURLOPT_SSLKEY_BLOB, &key);
  }
}

TransportError::Kind KindOfCurlError(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return TransportError::Kind::kUnreachable;
    case CURLE_OPERATION_TIMEDOUT:
      return TransportError::Kind::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return TransportError::Kind::kTls;
    default:
      return TransportError::Kind::kBroken;
  }
}

}  // namespace opsc
