// libgit2, loaded when a repository is first opened: linking it and the dozen libraries behind it
// would cost every start of opsc a sixth of its time.
#pragma once

#include <git2.h>

#include "runtime/base/result.h"

// clang-format off: one a line.
// The functions of libgit2 that are used here, by their names without `git_`.
#define OPSC_LIBGIT_FUNCTIONS(X) \
  X(blob_free) \
  X(blob_lookup) \
  X(blob_rawcontent) \
  X(blob_rawsize) \
  X(buf_dispose) \
  X(commit_author) \
  X(commit_extract_signature) \
  X(commit_free) \
  X(commit_id) \
  X(commit_lookup) \
  X(commit_message) \
  X(commit_parent) \
  X(commit_parentcount) \
  X(commit_summary) \
  X(commit_time) \
  X(commit_tree) \
  X(credential_ssh_key_from_agent) \
  X(credential_username_new) \
  X(diff_free) \
  X(diff_get_delta) \
  X(diff_num_deltas) \
  X(diff_options_init) \
  X(diff_tree_to_tree) \
  X(error_last) \
  X(error_set_str) \
  X(fetch_options_init) \
  X(graph_descendant_of) \
  X(libgit2_init) \
  X(object_free) \
  X(object_id) \
  X(object_peel) \
  X(odb_free) \
  X(odb_read_header) \
  X(oid_fromstr) \
  X(oid_tostr) \
  X(patch_free) \
  X(patch_from_diff) \
  X(patch_line_stats) \
  X(reference_free) \
  X(reference_iterator_free) \
  X(reference_iterator_glob_new) \
  X(reference_name_is_valid) \
  X(reference_next_name) \
  X(remote_create_anonymous) \
  X(remote_fetch) \
  X(remote_free) \
  X(repository_free) \
  X(repository_init_ext) \
  X(repository_init_options_init) \
  X(repository_is_shallow) \
  X(repository_odb) \
  X(repository_open) \
  X(repository_open_bare) \
  X(repository_open_ext) \
  X(repository_path) \
  X(repository_workdir) \
  X(revparse_single) \
  X(revwalk_free) \
  X(revwalk_new) \
  X(revwalk_next) \
  X(revwalk_push) \
  X(revwalk_sorting) \
  X(tree_entry_byindex) \
  X(tree_entry_bypath) \
  X(tree_entry_filemode) \
  X(tree_entry_free) \
  X(tree_entry_id) \
  X(tree_entry_name) \
  X(tree_entry_type) \
  X(tree_entrycount) \
  X(tree_free) \
  X(tree_lookup)
// clang-format on

namespace opsc {

struct LibgitLibrary {
#define OPSC_LIBGIT_MEMBER(name) decltype(&::git_##name) name = nullptr;
  OPSC_LIBGIT_FUNCTIONS(OPSC_LIBGIT_MEMBER)
#undef OPSC_LIBGIT_MEMBER
};

// Loads libgit2 once and for good; thread-safe. Fails where the system has none.
Status StartLibgit();

// REQUIRES: StartLibgit has succeeded.
const LibgitLibrary& Git();

}  // namespace opsc
