#include "runtime/kube/credentials.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "runtime/graph/base64.h"

namespace opsc {
namespace {

constexpr auto kFileIsFresh = std::chrono::seconds(60);
constexpr auto kBeforeExpiry = std::chrono::seconds(10);

std::string Trim(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

Result<ExecCredential> Credentials::Exec(std::stop_token stop) {
  bool fresh = exec_ && (!exec_->expires || *exec_->expires - kBeforeExpiry > env_.Now());
  if (!fresh) {
    OPS_ASSIGN(exec_, RunExecPlugin(config_, std::move(stop)));
  }
  return *exec_;
}

Result<Credentials::Certificate> Credentials::ClientCertificate(std::stop_token stop) {
  if (!config_.certificate.empty()) return Certificate{config_.certificate, config_.key};
  if (!config_.exec) return Certificate{};
  std::lock_guard lock(mutex_);
  OPS_ASSIGN(ExecCredential credential, Exec(std::move(stop)));
  return Certificate{credential.certificate, credential.key};
}

Result<std::string> Credentials::Authorization(std::stop_token stop) {
  if (!config_.token_file.empty()) {
    std::lock_guard lock(mutex_);
    if (!file_read_ || env_.Now() - *file_read_ > kFileIsFresh) {
      OPS_ASSIGN(file_token_, env_.ReadFile(config_.token_file));
      file_token_ = Trim(std::move(file_token_));
      file_read_ = env_.Now();
    }
    return "Bearer " + file_token_;
  }
  if (!config_.token.empty()) return "Bearer " + config_.token;
  if (!config_.username.empty()) {
    return "Basic " + EncodeBase64(config_.username + ":" + config_.password);
  }
  if (!config_.exec) return std::string();
  std::lock_guard lock(mutex_);
  OPS_ASSIGN(ExecCredential credential, Exec(std::move(stop)));
  return credential.token.empty() ? std::string() : "Bearer " + credential.token;
}

bool Credentials::Forget() {
  std::lock_guard lock(mutex_);
  bool had = exec_.has_value() || file_read_.has_value();
  exec_.reset();
  file_read_.reset();
  return had;
}

std::optional<Time> ExpiryOf(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  if (certificate == nullptr) return std::nullopt;
  std::tm parts{};
  int read = ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts);
  X509_free(certificate);
  if (read != 1) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

}  // namespace opsc
