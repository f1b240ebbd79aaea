import Artifacts
import Core
import Engines
import FlowRunner
import Foundation
import Logging
import Synchronization

extension TaskAgent {
    /// Loads a new worker, checks it, switches to it, and stops the old one; where it isn't healthy, the old one goes on.
    ///
    /// The ledger holds `activating` all the while, so no ticket is taken.
    func activate(_ assignment: Assignment) async {
        do {
            let (worker, folder) = try await launch(assignment, strict: true)
            do {
                try await services.housekeeping.whileWriting { try RevisionFolder(place: folder).makeCurrent() }
            } catch {
                await worker.stop()
                throw error
            }
            let old = state.withLock { state in
                // From here on no earlier supervision speaks for this task: the end of its worker is no news.
                state.supervision += 1
                return state.worker
            }
            replaceSupervision(with: nil)
            await old?.stop()
            raiseFlower(assignment, worker)
            await settle(
                .activated(assignment),
                then: { state in
                    state.worker = worker
                    state.isSettling = false
                    state.restarts = 0
                }
            )
            logger.info("revision activated", metadata: ["commit": "\(assignment.commit.short)"])
            say("check", "revision \(assignment.name) (\(assignment.commit.short)) is active: its worker is healthy")
            supervise(assignment, worker)
            tidy()
            services.housekeeping.collectWhenQuiet()
        } catch {
            // The manager ends; the next one starts this over.
            guard !Task.isCancelled else { return }
            let text = Self.text(of: error)
            logger.warning("revision can't be activated", metadata: metadata(of: assignment, error))
            say("check", "revision \(assignment.name) (\(assignment.commit.short)) is not activated: \(text)")
            await settle(.activationFailed(assignment, message: text))
        }
    }

    /// Starts a worker from the revision on disk and holds it against the flow's check.
    func launch(_ assignment: Assignment, strict: Bool) async throws -> (worker: FlowWorker, folder: URL) {
        let revision = try await ready(assignment, strict: strict)
        let registration = services.registration
        let scratch = services.folder.scratch(of: task).appending(path: assignment.digest.hex)
        try FileManager.default.createDirectory(
            at: scratch.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let worker = FlowWorker(
            WorkerConfiguration(
                task: task,
                node: registration.node,
                role: registration.role,
                labels: registration.labels,
                revision: revision.folder,
                flowFolder: revision.flowFolder,
                flow: revision.flow,
                python: revision.python,
                environment: services.options.environment,
                scratch: scratch,
                bytecode: services.folder.scratch(of: task).appending(path: "bytecode"),
                state: services.folder.state(of: task),
                log: { self.take($0) }
            )
        )
        do {
            try await worker.start(timeout: services.options.startTimeout)
            try await worker.check()
        } catch {
            await worker.stop()
            throw error
        }
        trackers?.use(revision.flow, python: revision.python)
        return (worker, revision.folder)
    }

    private func take(_ line: WorkerLogLine) {
        let epoch = snapshot.ledger.inHand?.ticket.epoch
        services.logs.append(task: task, stage: line.stage, epoch: epoch, line.text)
    }

    /// The scratch folders of what is neither active nor about to be.
    func tidy() {
        let ledger = snapshot.ledger
        let used = Set([ledger.active, ledger.activating].compactMap { $0?.digest.hex })
        let folder = services.folder.scratch(of: task)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where ContentDigest(name) != nil && !used.contains(name) {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        if ledger.active == nil {
            try? FileManager.default.removeItem(at: services.folder.revisions(of: task).appending(path: "current"))
        }
    }

    static func text(of error: any Error) -> String {
        guard let failure = error as? StageFailure else { return "\(error)" }
        return failure.description + (failure.traceback.map { "\n\($0)" } ?? "")
    }
}
