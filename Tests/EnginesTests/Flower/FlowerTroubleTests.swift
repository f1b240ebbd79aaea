import Artifacts
import AsyncHTTPClient
import Core
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import SwiftProtobuf
import TestSupport
import Testing

@testable import Engines

/// Flower's processes that end, and whoever tries to use Flower past the managers.
@Suite(.serialized) struct FlowerTroubleTests {
    private let patience = EngineKind.flower.trainFor

    /// A round of site 1 alone, from its ticket to the global model that it makes.
    private func round(
        _ running: RunningEngine,
        _ engine: FlowerEngine,
        _ site: Site,
        epoch: Int,
        base: ModelReference? = nil
    ) async throws -> ModelReference {
        let ticket = try running.ticket(
            epoch: epoch,
            clients: [site.node],
            base: base,
            version: epoch,
            trainFor: patience
        )
        async let result = engine.conduct(running.order(ticket))
        try await site.take(ticket)
        let finished = try await result.finished()
        try await engine.settle(await result, task: ticket.task, answer: .promoted(version: epoch))
        return ModelReference(version: epoch, digest: finished.model)
    }

    @Test("a SuperLink that is killed fails its round, and the next one goes on from the last global model")
    func killedLink() async throws {
        try await withEngine { running in
            let link = try await running.link()
            let engine = FlowerEngine(running.engine, link: link)
            // Waits in its second round for a file.
            let go = running.fixture.url("go")
            let site = try await Site(
                running,
                1,
                over: .flower,
                train: """
                    import os
                        while round == 2 and not os.path.exists('\(go.path)'): time.sleep(0.02)
                        model['w'] += 1
                    """
            )
            let first = try await round(running, engine, site, epoch: 1)

            let second = try running.ticket(
                epoch: 2,
                clients: ["site-1"],
                base: first,
                version: 2,
                trainFor: patience
            )
            let conducted = Task { await engine.conduct(running.order(second)) }
            let taking = Task { try await site.take(second) }
            try await eventually("it trains", within: .seconds(patience)) {
                site.log.lines.contains("training site-1 2")
            }
            for pid in Processes.of("superlink", in: running.fixture) { kill(pid, SIGKILL) }
            #expect(await conducted.value.failure?.contains("SuperLink") == true)
            try Data().write(to: go)
            try? await taking.value

            let third = try await round(running, engine, site, epoch: 3, base: first)
            let file = try running.engine.url(ofModel: third, task: "digits").orThrow("model")
            #expect(try TestModel.values(at: file).allSatisfy { $0 == 2 })
        }
    }

    @Test("a SuperNode that is killed in training comes back, and its update counts in the same round")
    func killedNode() async throws {
        try await withEngine { running in
            let engine = FlowerEngine(running.engine, link: try await running.link())
            let go = running.fixture.url("go")
            let site = try await Site(
                running,
                1,
                over: .flower,
                train: """
                    import os
                        while not os.path.exists('\(go.path)'): time.sleep(0.02)
                        model['w'] += 1
                    """
            )
            let ticket = try running.ticket(clients: ["site-1"], trainFor: patience)
            async let result = engine.conduct(running.order(ticket))
            async let taken: Void = site.take(ticket)
            try await eventually("it trains", within: .seconds(patience)) { !site.log.lines.isEmpty }
            for pid in Processes.of("supernode", in: running.fixture) { kill(pid, SIGKILL) }
            try Data().write(to: go)
            try await taken
            let finished = try await result.finished()
            #expect(finished.contributions.map(\.node) == ["site-1"])
            #expect(finished.evaluation == ["w": 1])
        }
    }

    @Test("stopping a round stops Flower's run")
    func stopped() async throws {
        try await withEngine { running in
            let link = try await running.link()
            let engine = FlowerEngine(running.engine, link: link)
            let ticket = try running.ticket(clients: ["site-1"], trainFor: patience)
            let conducted = Task { await engine.conduct(running.order(ticket)) }
            let run = try await eventually("a run is open", within: .seconds(patience)) { link.flowerRun }
            conducted.cancel()
            _ = await conducted.value
            let (status, detail) = try await link.status(ofFlowerRun: run)
            #expect(status == "finished" && detail == "stopped")
        }
    }

    @Test("an app bundle that isn't the engine's own runs nowhere, and the node names both hashes")
    func foreignBundle() async throws {
        try await withEngine { running in
            let link = try await running.link()
            let engine = FlowerEngine(running.engine, link: link)
            let site = try await Site(running, 1, over: .flower)
            // Somebody on the server node starts a run before the engine does.
            let port = try await eventually("SuperLink listens", within: .seconds(patience)) { link.port }
            var foreign = StoredZip()
            foreign.add("pyproject.toml", Data(Self.foreignApp.utf8))
            let early = try await ControlClient(port: port).startRun(foreign.data, hash: "any")

            let ticket = try running.ticket(clients: ["site-1", "site-2"], trainFor: patience)
            let conducted = Task { await engine.conduct(running.order(ticket)) }
            let taking = Task { try await site.take(ticket) }
            let other = running.client("site-2", ticket)
            try await eventually("its update counts", within: .seconds(patience)) {
                try await other.status().counted == ["site-1"]
            }
            let (status, detail) = try await link.status(ofFlowerRun: early)
            #expect(status == "finished" && detail == "failed")

            // With the server node's secret in hand, a message of another bundle's run reaches the client node.
            let number = try link.fleet.number(of: "site-1").orThrow("number")
            let late = try await ControlClient(port: port).startRun(foreign.data, hash: "any")
            let reply = try await PythonEnvironment.flower().run(
                Self.stranger,
                [running.fixture.url("flower-server").path, "\(late)", "\(number)"]
            )
            #expect(reply.contains(RunnerApp.hash) && reply.contains(ContentDigest(of: foreign.data).hex))
            #expect(site.log.lines == ["training site-1 1"])
            conducted.cancel()
            _ = await conducted.value
            try await taking.value
        }
    }

    @Test("only the Fleet interface is reached from outside, with the key of a ticket, and each node for itself")
    func outside() async throws {
        try await withEngine { running in
            let link = try await running.link()
            let engine = FlowerEngine(running.engine, link: link)
            let ticket = try running.ticket(clients: ["site-1", "site-2"], trainFor: patience)
            let conducted = Task { await engine.conduct(running.order(ticket)) }
            _ = try await eventually("a run is open", within: .seconds(patience)) { link.flowerRun }

            func post(_ path: String, _ key: String?, _ body: [UInt8] = []) async throws -> Int {
                var request = HTTPClientRequest(url: running.url + path)
                request.method = .POST
                request.headers.add(name: "Content-Type", value: "application/protobuf")
                request.headers.add(name: "FedOps-Task", value: "digits")
                request.headers.add(name: "FedOps-Epoch", value: "1")
                request.headers.add(name: "FedOps-Node", value: "site-1")
                if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
                request.body = .bytes(ByteBuffer(bytes: body))
                return Int(try await running.http.execute(request, timeout: .seconds(60)).status.code)
            }
            let key = running.client("site-1", ticket).bearer
            for path in ["/v1/control/list-nodes", "/v1/control/start-run", "/v1/runtime/acquire-task", "/docs"] {
                #expect(try await post(path, key) == 404)
            }
            #expect(try await post("/v1/fleet/start-run", key) == 404)
            #expect(try await post("/v1/fleet/pull-messages", nil) == 401)
            #expect(try await post("/v1/fleet/pull-messages", "another key") == 401)
            #expect(try await post("/v1/fleet/pull-messages", running.client("site-2", ticket).bearer) == 401)
            // SuperLink itself wants the node's own signature.
            #expect(try await post("/v1/fleet/pull-messages", key) == 401)
            link.fleet.admit("site-1", as: 11)
            var pushed = FlowerProtoPushMessagesRequest()
            pushed.node.nodeID = 11
            var message = FlowerProtoMessage()
            message.metadata.srcNodeID = 12
            pushed.messagesList = [message]
            #expect(try await post("/v1/fleet/push-messages", key, pushed.serializedBytes()) == 403)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    private static let foreignApp = """
        [project]
        name = "foreign"
        version = "1.0.0"
        description = "Somebody else's"
        license = { file = "LICENSE" }
        dependencies = ["flwr>=1.41,<1.42"]
        [tool.flwr.app]
        publisher = "somebody"
        fab-format-version = 1
        flwr-version-target = "1.41.0"
        [tool.flwr.app.components]
        serverapp = "foreign:server"
        clientapp = "foreign:client"
        """

    /// Takes the task of a run and sends its bundle's message to a node.
    private static let stranger = """
        import json, sys, time
        folder, run, node = sys.argv[1:]
        sys.path.insert(0, folder + "/code")
        with open(folder + "/runner.json") as file: given = json.load(file)
        import fedops_flower_server as server
        from fedops_flower import executor_client, pack
        from flwr.app import Message
        from flwr.proto.runtime_pb2 import AcquireTaskRequest
        client = executor_client(given)
        while True:
            found = client.AcquireTask(AcquireTaskRequest(supported_task_types=["flwr-serverapp"]))
            if found.HasField("task"): break
            time.sleep(0.05)
        assert found.task.run_id == int(run)
        taken = server.Run(given, found.token)
        message = Message(pack({"stage": "train"}, None), int(node), "train", ttl=60, group_id="1")
        [sent] = taken.grid.push_messages([message])
        replies = []
        while not replies:
            replies = list(taken.grid.pull_messages([sent]))
            time.sleep(0.05)
        print(replies[0].error.reason)
        taken.end("completed")
        """
}

/// The processes of a fixture.
enum Processes {
    /// The ids of those that run Flower's program of this name out of the fixture's folder.
    static func of(_ program: String, in fixture: Fixture) -> [pid_t] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.compactMap { pid_t($0) }.filter { id in
            guard let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return false }
            let arguments = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return arguments.contains(program) && arguments.contains { $0.hasPrefix(fixture.folder.path) }
        }
    }
}
