import Clibgit2

/// libgit2 as a process of ours may use it: initialised once, never shut down, and with no configuration but our own.
enum GitLibrary {
    /// Starts the library for reading mirrors in this process. Nothing is searched for configuration.
    static let forReading: Result<Void, GitError> = Result { () throws(GitError) in try start(configuration: "") }

    /// Initialises the library and points every place where it would look for configuration or templates at one
    /// folder of ours; the empty path is none at all.
    static func start(configuration folder: String) throws(GitError) {
        let operation = GitOperation(.mirror, "starting libgit2")
        try operation.check(git_libgit2_init())
        let levels = [
            GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
        ]
        for level in levels { try operation.check(fedops_git_set_search_path(Int32(level.rawValue), folder)) }
        try operation.check(fedops_git_set_template_path(folder))
        try operation.check(fedops_git_set_owner_validation(1))
        try operation.check(fedops_git_set_hash_verification(1))
        try operation.check(fedops_git_set_fsync(1))
        // The defaults, 256 MiB of objects and 8 GiB of mapped packs, are too much for a process that runs for months.
        try operation.check(fedops_git_set_cache_max_size(16 << 20))
        try operation.check(fedops_git_set_mapping(32 << 20, 256 << 20))
    }
}
