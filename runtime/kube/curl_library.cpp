#include "runtime/kube/curl_library.h"

#include <dlfcn.h>

namespace opsc {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<CurlLibrary> Open() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return Fail(ErrorKind::kEnvironment, "libcurl.so.4 is needed to talk to a cluster",
                "install it: apt-get install libcurl4");
  }
  CurlLibrary curl;
  bool found = Find(library, "curl_global_init", curl.global_init) &&
               Find(library, "curl_easy_init", curl.easy_init) &&
               Find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
               Find(library, "curl_easy_setopt", curl.easy_setopt) &&
               Find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
               Find(library, "curl_easy_strerror", curl.easy_strerror) &&
               Find(library, "curl_easy_perform", curl.easy_perform) &&
               Find(library, "curl_easy_send", curl.easy_send) &&
               Find(library, "curl_easy_recv", curl.easy_recv) &&
               Find(library, "curl_multi_init", curl.multi_init) &&
               Find(library, "curl_multi_cleanup", curl.multi_cleanup) &&
               Find(library, "curl_multi_setopt", curl.multi_setopt) &&
               Find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
               Find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
               Find(library, "curl_multi_perform", curl.multi_perform) &&
               Find(library, "curl_multi_poll", curl.multi_poll) &&
               Find(library, "curl_multi_wakeup", curl.multi_wakeup) &&
               Find(library, "curl_multi_info_read", curl.multi_info_read) &&
               Find(library, "curl_slist_append", curl.slist_append) &&
               Find(library, "curl_slist_free_all", curl.slist_free_all);
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
