import Artifacts
import Core

/// The parts of a running controller that routes act through.
struct Services: Sendable {
    var site: ControllerSite
    var started: Instant
    var tasks: TaskRegistry
    var nodes: NodeRegistry
    var effects: EffectExecutor
    var documents: DesiredDocuments
    var cleanUp: WriterTurns

    var views: Views { Views(site: site, tasks: tasks, nodes: nodes) }
    var taskActions: TaskActions {
        TaskActions(site: site, tasks: tasks, nodes: nodes, effects: effects, cleanUp: cleanUp)
    }
    var rolloutActions: RolloutActions { RolloutActions(site: site, tasks: tasks, views: views) }
    var runActions: RunActions { RunActions(site: site, tasks: tasks, views: views) }
    var tokens: TokenActions { TokenActions(site: site) }
    var reports: ReportIntake { ReportIntake(site: site, nodes: nodes, tasks: tasks) }
    var logs: LogIntake { LogIntake(site: site, nodes: nodes) }
    var grants: ModelGrants { ModelGrants(site: site, nodes: nodes, documents: documents) }
    var metricsText: MetricsText { MetricsText(site: site, tasks: tasks, nodes: nodes) }
}
