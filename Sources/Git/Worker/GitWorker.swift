import Clibgit2
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The child process that talks to a remote: reads a `WorkerRequest` from standard input, writes a `WorkerAnswer` to
/// standard output, and ends.
package enum GitWorker {
    /// Runs the process; what it returns is the process's exit code.
    package static func main() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let answer: WorkerAnswer
        do throws(GitError) {
            answer = .refs(try perform(try request()))
        } catch {
            answer = .failure(error)
        }
        guard let data = try? JSONEncoder().encode(answer) else { return 70 }
        do { try FileHandle.standardOutput.write(contentsOf: data) } catch { return 74 }
        return 0
    }

    private static func request() throws(GitError) -> WorkerRequest {
        do {
            let input = try FileHandle.standardInput.readToEnd() ?? Data()
            return try JSONDecoder().decode(WorkerRequest.self, from: input)
        } catch {
            throw GitError(.invalid, "git-worker is run by fedops itself: its input is no request of this version")
        }
    }

    private static func perform(_ request: WorkerRequest) throws(GitError) -> RemoteRefs {
        try bound(request)
        try GitLibrary.start(configuration: request.home)
        let operation = GitOperation(.network, "preparing the connection")
        try operation.check(fedops_git_set_pack_max_objects(request.limits.objects))
        try operation.check(fedops_git_set_user_agent("fedops"))
        if let file = request.remote.caFile {
            guard fedops_git_set_certificate_authorities(file) == 0 else {
                throw GitError(.invalid, "the CA file \(file) can't be read, or is not a PEM file of certificates")
            }
        }
        let session = try RemoteSession(request)
        switch request.operation {
        case .list: return try session.list()
        case .fetch: return try session.fetch()
        }
    }

    /// Limits that the kernel holds, whatever the remote makes libgit2 do.
    private static func bound(_ request: WorkerRequest) throws(GitError) {
        guard request.lifetime > 0, request.limits.memory > 0, request.limits.objects > 0 else {
            throw GitError(.invalid, "a Git worker needs a lifetime and limits above zero")
        }
        // SIGALRM's default is to end the process: a parent that was killed leaves no worker behind for long.
        alarm(UInt32(clamping: request.lifetime))
        #if canImport(Glibc)
            var memory = rlimit(rlim_cur: rlim_t(request.limits.memory), rlim_max: rlim_t(request.limits.memory))
            setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &memory)
            // A core file would hold the credentials.
            var core = rlimit(rlim_cur: 0, rlim_max: 0)
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
        #endif
    }
}
