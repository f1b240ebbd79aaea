import Foundation
import TestSupport
import Testing

@testable import Core
@testable import Engines

/// Rounds that real trackers' libraries take, and that are read back with these.
@Suite struct TrackerTests {
    @Test("each round is there once, with its model, after trackers' processes and their manager were killed")
    func kills() async throws {
        try await withFixture { fixture in
            let place = try await TrackedTask(fixture)
            try fixture.write("\(TrackedTask.secret)\n", to: "wandb.key", mode: 0o600)
            var mlflow = Flow.Tracker(.mlflow)
            mlflow.models = 2
            var wandb = Flow.Tracker(.wandb)
            wandb.mode = .offline
            wandb.keyFile = "$TRACKER_KEY"
            place.flow.trackers = [mlflow, wandb]
            place.setup.site = [Flow.Tracker(.tensorboard)]
            place.setup.environment = ["TRACKER_KEY": fixture.url("wandb.key").path]

            try await place.running { desk in
                try place.record(1, by: desk)
                // Told to its library, and not kept for certain before the process ends.
                try await eventually("rounds are logged", within: .seconds(180)) {
                    place.waiting(.mlflow).isEmpty && place.waiting(.tensorboard).isEmpty
                        && FileManager.default.fileExists(atPath: fixture.url("spool/files/wandb/wandb").path)
                }
                for process in place.processes() { kill(-process, SIGKILL) }
                try place.record(2, by: desk)
                try await eventually("round 2 is told", within: .seconds(180)) { place.waiting(.tensorboard).isEmpty }
            }
            // The manager ended with rounds that W&B had not kept; the controller's answer comes to the next one twice.
            #expect(place.waiting(.wandb).last == 12)
            try await place.running { desk in
                try place.record(2, by: desk)
                try place.record(3, by: desk)
                let left = await desk.drain(within: 120)
                #expect(left.isEmpty)
            }

            let told = try await place.read()
            for name in ["mlflow", "wandb", "tensorboard"] {
                #expect(told[name] == [[1, 0.75], [2, 0.875], [3, 0.9375]], "\(name): \(place.log)")
            }
            #expect(told["models"] == [[12]])
            try place.expectNoSecret(but: "wandb.key")
        }
    }

    @Test("a server that is away, or refuses, holds nothing up; its rounds wait, and its key is not told")
    func wrongServer() async throws {
        try await withFixture { fixture in
            let place = try await TrackedTask(fixture)
            let key = try fixture.write(TrackedTask.secret, to: "mlflow.key", mode: 0o600)
            // Gives the key back in its error, as careless servers do.
            let script = """
                import http.server, json
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        text = f"not allowed: {self.headers['Authorization']}"
                        body = json.dumps({"error_code": "PERMISSION_DENIED", "message": text}).encode()
                        self.send_response(403)
                        self.send_header("Content-Type", "application/json")
                        self.send_header("Content-Length", str(len(body)))
                        self.end_headers()
                        self.wfile.write(body)
                    do_POST = do_GET
                    def log_message(self, *arguments): pass
                server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
                print(server.server_address[1], flush=True)
                server.serve_forever()
                """
            try fixture.write(script, to: "server.py")
            let server = try await BackgroundProcess.start(
                "server",
                place.python.path,
                [fixture.url("server.py").path],
                fixture: fixture
            )
            let port: Int = try await eventually("the server's port") {
                Int(server.output.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            var careless = Flow.Tracker(.mlflow)
            careless.url = "http://127.0.0.1:\(port)"
            careless.keyFile = key.path
            var away = careless
            away.url = "http://127.0.0.1:1"
            var missing = careless
            missing.keyFile = "/nowhere/mlflow.key"
            place.flow.trackers = [careless, away, missing, Flow.Tracker(.tensorboard)]
            try await place.running { desk in
                try place.record(1, by: desk)
                try await eventually("all have been said", within: .seconds(180)) {
                    let log = place.log
                    return log.contains { $0.contains("not allowed: Bearer ***") }
                        && log.contains { $0.contains("port=1") }
                        && log.contains { $0.contains("/nowhere/mlflow.key isn't there") }
                        && place.waiting(.tensorboard).isEmpty
                }
            }
            #expect(place.waiting(.mlflow) == [11, 11, 11])
            try place.expectNoSecret(but: "mlflow.key")
        }
    }

    @Test("a package that the environment lacks is named")
    func noPackage() async throws {
        try await withFixture { fixture in
            let place = try await TrackedTask(fixture, python: try await PythonEnvironment.numpy().python)
            place.flow.trackers = [Flow.Tracker(.wandb)]
            try await place.running { desk in
                try place.record(1, by: desk)
                try await eventually("it is said") {
                    place.log.contains { $0.contains("the package wandb is not in this environment") }
                }
            }
            #expect(place.waiting(.wandb) == [11])
        }
    }
}
