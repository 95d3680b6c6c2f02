#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "runtime/git/libgit.h"
#include "runtime/git/repository.h"
#include "runtime/git/wrap.h"

namespace opsc {
namespace {

namespace fs = std::filesystem;

// What a fetch that was killed leaves: locks that nobody holds, packs that never got a name.
void RemoveLeftovers(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (const char* name : {"packed-refs.lock", "config.lock", "HEAD.lock", "FETCH_HEAD.lock"}) {
    leftovers.push_back(directory / name);
  }
  for (fs::recursive_directory_iterator at(directory / "refs", error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".lock") leftovers.push_back(at->path());
  }
  for (fs::recursive_directory_iterator at(directory / "objects", error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename();
    bool unnamed =
        name.starts_with("tmp_") || name.starts_with("pack_git2_") || name.contains("_git2_");
    if (unnamed) leftovers.push_back(at->path());
  }
  for (const fs::path& path : leftovers) fs::remove(path, error);
}

Result<GitRepositoryPtr> InitMirror(const std::string& directory) {
  return MakeGit<GitRepositoryPtr>(fmt::format("cannot make `{}`", directory), [&](auto out) {
    git_repository_init_options options;
    Git().repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags =
        GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
    return Git().repository_init_ext(out, directory.c_str(), &options);
  });
}

Result<GitRepositoryPtr> OpenOrInit(const std::string& directory) {
  OPS_TRY(StartLibgit());
  std::error_code error;
  if (!fs::exists(directory, error)) return InitMirror(directory);
  RemoveLeftovers(directory);
  git_repository* raw = nullptr;
  if (Git().repository_open_bare(&raw, directory.c_str()) == 0) return GitRepositoryPtr(raw);
  fs::remove_all(directory, error);
  if (error)
    return Fail(ErrorKind::kEnvironment,
                fmt::format("`{}` is damaged: {}", directory, error.message()));
  return InitMirror(directory);
}

// What the callbacks of one fetch share.
struct FetchState {
  std::stop_token stop;
  int asked = 0;
};

// The keys of the user's SSH agent. Asked again and again, the fetch is ended.
int Credentials(git_credential** out, const char*, const char* user, unsigned allowed,
                void* payload) {
  constexpr int kMostQuestions = 3;
  if (++static_cast<FetchState*>(payload)->asked > kMostQuestions) {
    Git().error_set_str(GIT_ERROR_NET, "the server does not take the keys of the agent");
    return GIT_EAUTH;
  }
  const char* name = user != nullptr && *user != '\0' ? user : "git";
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return Git().credential_username_new(out, name);
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) {
    return Git().credential_ssh_key_from_agent(out, name);
  }
  Git().error_set_str(GIT_ERROR_NET, "the server asks for a user and a password");
  return GIT_EAUTH;
}

int StopTransfer(const git_indexer_progress*, void* payload) {
  return static_cast<FetchState*>(payload)->stop.stop_requested() ? GIT_EUSER : 0;
}

std::string HintOf(int code, const std::string& url) {
  if (code == GIT_EAUTH) {
    return "opsc uses the keys of the SSH agent (SSH_AUTH_SOCK), or what stands in the URL";
  }
  if (code == GIT_EOWNER) {
    return fmt::format("git config --global --add safe.directory '{}'", LocalPath(url));
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<GitRepository>> OpenMirror(const std::string& directory) {
  OPS_ASSIGN(auto repository, OpenOrInit(directory));
  return WrapRepository(repository.release());
}

Status FetchInto(const std::string& directory, const std::string& url, std::stop_token stop) {
  OPS_ASSIGN(auto repository, OpenOrInit(directory));
  std::string local = LocalPath(url);
  if (std::error_code error; !local.empty() && !fs::exists(local, error)) {
    return Fail(ErrorKind::kEnvironment, fmt::format("cannot fetch `{}`: it is not there", local));
  }
  OPS_ASSIGN(auto remote,
             MakeGit<GitRemotePtr>(fmt::format("`{}` is no URL", PrintUrl(url)), [&](auto out) {
               return Git().remote_create_anonymous(out, repository.get(),
                                                    local.empty() ? url.c_str() : local.c_str());
             }));
  FetchState state{std::move(stop)};
  git_fetch_options options;
  Git().fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.prune = GIT_FETCH_PRUNE;
  options.update_fetchhead = 0;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;  // the refspec names them
  options.callbacks.payload = &state;
  options.callbacks.credentials = Credentials;
  options.callbacks.transfer_progress = StopTransfer;
  char heads[] = "+refs/heads/*:refs/heads/*";
  char tags[] = "+refs/tags/*:refs/tags/*";
  char* specs[] = {heads, tags};
  git_strarray refspecs = {specs, 2};
  int code = Git().remote_fetch(remote.get(), &refspecs, &options, nullptr);
  if (code == GIT_EUSER) return Fail(ErrorKind::kCancelled, "interrupted while fetching");
  if (code < 0) {
    return FailGit(fmt::format("cannot fetch `{}`", PrintUrl(url)), code, HintOf(code, url));
  }
  return {};
}

std::string LocalPath(const std::string& url) {
  constexpr std::string_view kFile = "file://";
  if (url.starts_with(kFile)) return url.substr(kFile.size());
  size_t colon = url.find(':');
  bool has_host = colon != url.npos && url.substr(0, colon).find('/') == url.npos;
  return has_host ? "" : url;
}

std::string PrintUrl(const std::string& url) {
  size_t scheme = url.find("://");
  if (scheme == url.npos) return url;
  size_t begin = scheme + 3;
  size_t end = std::min(url.find('/', begin), url.size());
  size_t at = url.rfind('@', end);
  if (at == url.npos || at < begin) return url;
  return url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace opsc
