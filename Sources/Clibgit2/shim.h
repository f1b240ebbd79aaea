#pragma once
#include <git2.h>

// git_libgit2_opts is variadic, which Swift can't call: one function for each option that we set.

/// Where configuration of this level (a git_config_level_t) is looked for.
static inline int fedops_git_set_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

/// Where templates of new repositories are looked for.
static inline int fedops_git_set_template_path(const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, path);
}

/// Whether a repository must belong to the user who opens it.
static inline int fedops_git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

/// Whether an object's hash is computed and compared each time it is read.
static inline int fedops_git_set_hash_verification(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, enabled);
}

/// Whether packs, refs and their folders are synchronised to disk when written.
static inline int fedops_git_set_fsync(int enabled) {
    return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, enabled);
}

/// Trusts the certificate authorities of this PEM file, and no others.
static inline int fedops_git_set_certificate_authorities(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
}

static inline int fedops_git_set_user_agent(const char *agent) {
    return git_libgit2_opts(GIT_OPT_SET_USER_AGENT, agent);
}

/// The most objects that a received pack may announce.
static inline int fedops_git_set_pack_max_objects(size_t count) {
    return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, count);
}

/// Bytes of objects that all repositories of this process keep in memory together.
static inline int fedops_git_set_cache_max_size(ssize_t bytes) {
    return git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, bytes);
}

/// Bytes of a pack that are mapped in one piece, and of all packs together.
static inline int fedops_git_set_mapping(size_t window, size_t total) {
    int error = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, window);
    return error < 0 ? error : git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, total);
}
