// What proves to a server who asks: known from the start, or fetched and fetched again.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>

#include "runtime/kube/cluster_config.h"
#include "runtime/kube/exec_credential.h"

namespace opsc {

// Thread-safe.
class Credentials {
 public:
  Credentials(Env& env, ClusterConfig config) : env_(env), config_(std::move(config)) {}

  // A certificate of the client, PEM; both empty where there is none.
  struct Certificate {
    std::string certificate;
    std::string key;
  };
  Result<Certificate> ClientCertificate(std::stop_token stop);
  // The value of the Authorization header; empty: none.
  Result<std::string> Authorization(std::stop_token stop);
  // After the server refused it: is there hope that the next one is another?
  bool Forget();

 private:
  Result<ExecCredential> Exec(std::stop_token stop);  // REQUIRES: mutex_ is held

  Env& env_;
  const ClusterConfig config_;
  std::mutex mutex_;
  std::optional<ExecCredential> exec_;
  std::string file_token_;
  std::optional<Time> file_read_;
};

// When the certificate in `pem` ends to be valid; nullopt where it is none.
std::optional<Time> ExpiryOf(const std::string& pem);

}  // namespace opsc
