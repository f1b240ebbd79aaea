extension Flow {
    /// An experiment tracker that the server node writes rounds to. In text either its name, or a map with `name` and the
    /// options.
    package struct Tracker: Codable, Sendable, Hashable {
        package enum Name: String, Codable, Sendable, CaseIterable {
            case mlflow, wandb, tensorboard

            /// The options that it has beside `name`.
            package var options: [String] {
                switch self {
                case .mlflow: ["url", "project", "user", "keyFile", "models"]
                case .wandb: ["url", "project", "entity", "keyFile", "mode", "folder", "models"]
                case .tensorboard: ["folder"]
                }
            }

            /// Packages of which one has its library, as requirements name them.
            package var packages: [String] {
                switch self {
                case .mlflow: ["mlflow", "mlflow-skinny"]
                case .wandb: ["wandb"]
                case .tensorboard: ["tensorboard"]
                }
            }
        }

        package enum Mode: String, Codable, Sendable, CaseIterable {
            case online
            /// Files on the server node, for `wandb sync`.
            case offline
        }

        package var name: Name
        /// Its server.
        package var url: String?
        /// MLflow's experiment, or the project of Weights & Biases; the task's name where absent.
        package var project: String?
        /// The team of Weights & Biases.
        package var entity: String?
        /// Of MLflow's server, beside a password in `keyFile`; a token is there where absent.
        package var user: String?
        /// Absolute path of the file on the server node that holds the key, or `$NAME` of the variable that has the path.
        package var keyFile: String?
        package var mode: Mode?
        /// Where files go: absolute, or relative to the node's own folder for the task.
        package var folder: String?
        /// The models of which rounds are uploaded: every so many; none where absent.
        package var models: Int?
        /// The interpreter that has the library; a site's own trackers only. The flow's where absent.
        package var python: String?

        package init(_ name: Name) { self.name = name }
    }
}
