import Core
import Foundation

/// One line to the adapter.
struct Request: Encodable, Sendable {
    enum Operation: String, Encodable, Sendable {
        case load, become, model, train, evaluate, aggregate, stop
    }

    var id: Int
    var operation: Operation
    var round: Int?
    var epochs: Int?
    /// The settings of the round, where the flow changes them from round to round.
    var settings: [String: JSONValue]?
    /// Path of the model's file that comes in.
    var base: String?
    /// Path of the model's file that goes out.
    var output: String?
    /// Path of the server's control variates.
    var control: String?
    /// What is to be made one model.
    var aggregation: AggregationInput?
    /// Whom to go on as, for `become`.
    var client: PlayedClient?

    init(
        id: Int,
        operation: Operation,
        context: StageContext? = nil,
        settings: [String: JSONValue]? = nil,
        base: URL? = nil,
        output: URL? = nil,
        control: URL? = nil,
        aggregation: AggregationInput? = nil
    ) {
        self.id = id
        self.operation = operation
        round = context?.round
        epochs = context?.epochs
        self.settings = settings
        self.base = base?.path
        self.output = output?.path
        self.control = control?.path
        self.aggregation = aggregation
    }
}

/// One line from the adapter.
struct Answer: Decodable, Sendable {
    struct Failure: Decodable, Sendable {
        var stage: String
        var kind: StageFailure.Kind
        var message: String
        var traceback: String?
    }

    var id: Int
    var failure: Failure?
    var examples: Int?
    var metrics: [String: Double]?
    /// Local steps, where the strategy asks for them.
    var steps: Double?
    /// Of the user's code alone, without files and data.
    var seconds: Double?
    /// What of the node the data stage is given: `node`, `labels` or `labels.NAME`.
    var dataTakes: [String]?
    /// What came of a client's split.
    var split: ClientShare?
}

/// What the adapter is started with, as a file.
struct AdapterConfiguration: Encodable, Sendable {
    /// Of this process's marks in its output.
    var token: String
    var folder: String
    /// Where imports look before `folder`.
    var path: String?
    var task: String
    var node: String
    var role: NodeRole
    var labels: [String: String]
    var settings: [String: JSONValue]
    var share: Flow.Share?
    var epochs: Int
    var stages: Flow.Stages
    var strategy: AdapterStrategy
    /// Where a `data` stage that is a command leaves its files.
    var dataFolder: String
    /// What this node keeps of the task from round to round and from revision to revision; never leaves it.
    var stateFolder: String
}

/// The flow's strategy with all its options, defaults included.
struct AdapterStrategy: Encodable, Sendable {
    var name: String
    var options: [String: JSONValue]

    init(_ strategy: Flow.Strategy) {
        name = strategy.name
        options = strategy.values
    }
}
