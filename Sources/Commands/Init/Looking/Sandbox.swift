import Foundation

/// How code of a project is run on trial: by bubblewrap where it works, with nothing but Python and the project to be
/// read, no network, and a `/tmp` of its own; else as a plain child.
struct Sandbox {
    /// What people are told.
    let description: String
    private let wrapper: [String]?

    private static let system = [
        "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/ld.so.conf",
        "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime",
    ]

    /// - Parameter readable: Folders that the program needs besides those of the system.
    static func make(readable: [String]) async -> Sandbox {
        let plain = Sandbox(description: "in a plain process, as bubblewrap doesn't work here", wrapper: nil)
        var words = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
        words += ["--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
        for folder in system + readable { words += ["--ro-bind-try", folder, folder] }
        for (name, value) in environment { words += ["--setenv", name, value] }
        guard
            let trial = try? await ProjectLook.run(
                words[0],
                Array(words.dropFirst()) + ["/bin/true"],
                within: .seconds(5),
                limit: 4096
            ),
            trial.isSuccess
        else { return plain }
        return Sandbox(description: "in a sandbox without network (bubblewrap)", wrapper: words)
    }

    func run(_ program: String, _ arguments: [String], within limit: Duration) async throws -> ProjectLook.Output {
        let words =
            wrapper ?? ["env", "-i"] + Self.environment.map { "\($0.0)=\($0.1)" }
        return try await ProjectLook.run(
            words[0],
            Array(words.dropFirst()) + [program] + arguments,
            within: limit,
            limit: 4 << 20
        )
    }

    private static let environment = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/tmp"), ("LANG", "C.UTF-8"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("CUDA_VISIBLE_DEVICES", ""), ("HF_HUB_OFFLINE", "1"), ("OMP_NUM_THREADS", "1"),
    ]
}
