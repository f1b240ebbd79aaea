import Core
import Logging

/// The controller's own log of what its tasks do.
enum RecordLog {
    static func write(_ record: Record, task: String, to logger: Logger) {
        var metadata: Logger.Metadata = ["task": "\(task)"]
        switch record {
        case .rollout(let rollout):
            metadata["rollout"] = "\(rollout.number)"
            metadata["revision"] = "\(rollout.to.name)"
            metadata["commit"] = "\(rollout.to.commit)"
            metadata["phase"] = "\(rollout.phase.rawValue)"
            metadata["wave"] = "\(rollout.wave + 1)"
            logger.info("rollout", metadata: metadata)
        case .run(let run):
            metadata["run"] = "\(run.number)"
            metadata["status"] = "\(run.status.rawValue)"
            metadata["done"] = "\(run.done)"
            metadata["goal"] = "\(run.goal)"
            logger.info("run", metadata: metadata)
        case .round(let round):
            metadata["run"] = "\(round.ticket.run)"
            metadata["round"] = "\(round.ticket.round)"
            metadata["epoch"] = "\(round.ticket.epoch)"
            metadata["commit"] = "\(round.ticket.commit)"
            metadata["status"] = "\(round.status.rawValue)"
            if let reason = round.reason { metadata["reason"] = "\(reason)" }
            logger.info("round", metadata: metadata)
        case .model(let model):
            metadata["model"] = "\(model.version)"
            metadata["round"] = "\(model.round)"
            metadata["commit"] = "\(model.commit)"
            metadata["digest"] = "\(model.digest)"
            logger.info("global model", metadata: metadata)
        case .event(let event):
            if let node = event.node { metadata["node"] = "\(node)" }
            metadata["what"] = "\(event.message)"
            logger.log(level: event.kind == .warning ? .warning : .info, "event", metadata: metadata)
        }
    }
}
