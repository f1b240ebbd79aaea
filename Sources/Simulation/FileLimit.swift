#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files this process may have open: both ends of every client's connection are its own.
enum FileLimit {
    /// Raises the soft limit as far as it may go without asking anybody.
    static func raise() throws {
        var limit = rlimit()
        #if canImport(Glibc)
            let what = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let what = RLIMIT_NOFILE
        #endif
        guard getrlimit(what, &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(what, &limit)
    }
}
