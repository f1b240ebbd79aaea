import Foundation
import TestSupport

/// Passes TCP connections on to a port of this machine, and counts the bytes of them all: what crossed the wire, headers
/// and framing of HTTP among it, whichever program sent it.
struct Relay: Sendable {
    struct Bytes: Sendable {
        /// Towards the one that connected.
        var down: Int
        var up: Int

        static func - (after: Bytes, before: Bytes) -> Bytes {
            Bytes(down: after.down - before.down, up: after.up - before.up)
        }
    }

    let port: Int
    private let counts: URL

    static func start(_ name: String, to port: Int, in fixture: Fixture) async throws -> Relay {
        let counts = fixture.url("\(name).bytes")
        let process = try await BackgroundProcess.start(
            name,
            "python3",
            ["-u", "-c", script, String(port), counts.path],
            fixture: fixture
        )
        try await process.waitForOutput("\n")
        guard let own = process.output.split(separator: " ").last.flatMap({ Int($0.prefix { $0.isNumber }) }) else {
            throw BenchmarkError("\(name) did not tell its port: \(process.output)")
        }
        return Relay(port: own, counts: counts)
    }

    var bytes: Bytes {
        get throws {
            let numbers = try String(contentsOf: counts, encoding: .utf8).split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { throw BenchmarkError("\(counts.path) holds no two numbers") }
            return Bytes(down: numbers[0], up: numbers[1])
        }
    }

    /// What is counted is counted before it is passed on, so that whoever has received something finds it in the file.
    private static let script = """
        import os, socket, sys, threading
        target = ("127.0.0.1", int(sys.argv[1]))
        counts, lock = [0, 0], threading.Lock()
        file = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT, 0o644)
        os.pwrite(file, b"%020d %020d" % tuple(counts), 0)
        def pump(source, sink, index):
            try:
                while data := source.recv(1 << 16):
                    with lock:
                        counts[index] += len(data)
                        os.pwrite(file, b"%020d %020d" % tuple(counts), 0)
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                source.close()
                sink.close()
        listener = socket.create_server(("127.0.0.1", 0))
        print("listening", listener.getsockname()[1], flush=True)
        while True:
            near, _ = listener.accept()
            try:
                far = socket.create_connection(target)
            except OSError:
                near.close()
                continue
            for pipe in ((far, near, 0), (near, far, 1)):
                threading.Thread(target=pump, args=pipe, daemon=True).start()
        """
}
