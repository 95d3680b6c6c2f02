#include "runtime/kube/curl_library.h"

#include "runtime/base/library.h"

namespace opsc {
namespace {

Result<CurlLibrary> Open() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return Fail(ErrorKind::kEnvironment, "libcurl.so.4 is needed to talk to a cluster",
                "install it: apt-get install libcurl4");
  }
  CurlLibrary curl;
  bool found = FindSymbol(library, "curl_global_init", curl.global_init) &&
               FindSymbol(library, "curl_easy_init", curl.easy_init) &&
               FindSymbol(library, "curl_easy_cleanup", curl.easy_cleanup) &&
               FindSymbol(library, "curl_easy_setopt", curl.easy_setopt) &&
               FindSymbol(library, "curl_easy_getinfo", curl.easy_getinfo) &&
               FindSymbol(library, "curl_easy_strerror", curl.easy_strerror) &&
               FindSymbol(library, "curl_easy_perform", curl.easy_perform) &&
               FindSymbol(library, "curl_easy_send", curl.easy_send) &&
               FindSymbol(library, "curl_easy_recv", curl.easy_recv) &&
               FindSymbol(library, "curl_multi_init", curl.multi_init) &&
               FindSymbol(library, "curl_multi_cleanup", curl.multi_cleanup) &&
               FindSymbol(library, "curl_multi_setopt", curl.multi_setopt) &&
               FindSymbol(library, "curl_multi_add_handle", curl.multi_add_handle) &&
               FindSymbol(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
               FindSymbol(library, "curl_multi_perform", curl.multi_perform) &&
               FindSymbol(library, "curl_multi_poll", curl.multi_poll) &&
               FindSymbol(library, "curl_multi_wakeup", curl.multi_wakeup) &&
               FindSymbol(library, "curl_multi_info_read", curl.multi_info_read) &&
               FindSymbol(library, "curl_slist_append", curl.slist_append) &&
               FindSymbol(library, "curl_slist_free_all", curl.slist_free_all);
  if (!found || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Fail(ErrorKind::kEnvironment, "libcurl.so.4 is too old: 7.77 or newer is needed");
  }
  return curl;
}

}  // namespace

Result<const CurlLibrary*> LoadCurl() {
  static const Result<CurlLibrary> curl = Open();
  if (!curl) return std::unexpected(curl.error());
  return &*curl;
}

}  // namespace opsc
