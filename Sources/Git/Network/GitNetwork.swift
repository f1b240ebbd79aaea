package import Foundation
import Subprocess

/// Talks to Git remotes, each time in a child process: this same binary with the hidden subcommand `git-worker`.
///
/// libgit2 1.5 has no time limits on the network and can hang or crash over a hostile one. A child is killed at its
/// deadline with its whole process group, and takes nothing of ours with it.
package struct GitNetwork: Sendable {
    private let executable: String
    private let home: URL
    package var limits = NetworkLimits()

    /// - Parameters:
    ///   - executable: path of the `fedops` binary.
    ///   - home: a folder of our own, made when it isn't there; it stands in for the user's home and for every place
    ///     where Git looks for configuration, and stays empty.
    package init(executable: String, home: URL) {
        self.executable = executable
        self.home = home
    }

    /// Lists the branch and all tags of a remote without fetching anything.
    package func listRefs(
        _ spec: GitRemoteSpec,
        branch: String,
        deadline: Duration
    ) async throws(GitError) -> RemoteRefs {
        try await answer(to: request(.list, spec, branch, deadline), deadline)
    }

    /// Fetches the branch, and of `tags` those that the remote has, into the bare mirror, which is made when it isn't
    /// there. What the mirror had before stays reachable in it: no moved or deleted tag loses a commit.
    ///
    /// - Returns: the refs as they were in this very connection, so that whoever needs one consistent view can use it
    ///   in place of an earlier listing.
    @discardableResult
    package func fetch(
        _ spec: GitRemoteSpec,
        into mirror: URL,
        branch: String,
        tags: [String],
        deadline: Duration
    ) async throws(GitError) -> RemoteRefs {
        var request = request(.fetch, spec, branch, deadline)
        request.tags = tags
        request.mirror = mirror.path
        return try await answer(to: request, deadline)
    }

    private func request(
        _ operation: WorkerRequest.Operation,
        _ spec: GitRemoteSpec,
        _ branch: String,
        _ deadline: Duration
    ) -> WorkerRequest {
        WorkerRequest(
            operation: operation,
            remote: spec,
            branch: branch,
            home: home.path,
            lifetime: Int(clamping: deadline.components.seconds) + 10,
            limits: limits
        )
    }

    private func answer(to request: WorkerRequest, _ deadline: Duration) async throws(GitError) -> RemoteRefs {
        let url = try RemoteURL(request.remote.url, allowFile: request.remote.allowFile)
        let what = "\(request.operation == .list ? "listing the refs of" : "fetching") \(url.text)"
        let child: WorkerProcess.Output
        do {
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            let input = try JSONEncoder().encode(request)
            child = try await WorkerProcess(executable: executable, home: home.path).run(input, deadline: deadline)
        } catch is WorkerProcess.DeadlinePassed {
            throw GitError(.transient, "\(what): no end after \(deadline.inSeconds); its process was killed")
        } catch is CancellationError {
            throw GitError(.transient, "\(what): cancelled")
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw GitError(
                .refused,
                "\(what): the remote has more refs than fit into \(WorkerProcess.outputLimit) bytes"
            )
        } catch let error as SubprocessError where error.code == .executableNotFound || error.code == .spawnFailed {
            throw GitError(.invalid, "\(what): \(executable) can't be started: \(error)")
        } catch {
            throw GitError(.transient, "\(what): its process can't be run: \(error)")
        }
        switch try? JSONDecoder().decode(WorkerAnswer.self, from: child.answer) {
        case .refs(let refs): return refs
        case .failure(let error): throw error
        case nil:
            let notes = Redaction.printable(child.notes.suffix(300).trimmingCharacters(in: .whitespacesAndNewlines))
            throw GitError(
                .transient,
                "\(what): its process ended with \(child.status) before it answered"
                    + (notes.isEmpty ? "" : ": \(notes)")
            )
        }
    }
}

extension Duration {
    fileprivate var inSeconds: String {
        let seconds = Double(components.seconds) + Double(components.attoseconds) / 1e18
        return seconds.formatted(.number.precision(.fractionLength(0...1)).locale(Locale(identifier: "en_US"))) + " s"
    }
}
