/// What gives the functions of one framework away: whole names that they call, or the ends of such (`.backward`), and
/// the bases of its models.
struct Signals {
    var train: [String: String] = [:]
    var evaluate: [String: String] = [:]
    var data: [String: String] = [:]
    /// Classes that models are made from by inheriting.
    var modelBases: Set<String> = []
    /// Classes and functions whose result is a model.
    var modelCalls: [String] = []

    /// Loaders that projects of every framework use.
    static let usualData: [String: String] = [
        "pandas.read_csv": "reads a CSV file", "pandas.read_parquet": "reads a Parquet file",
        "numpy.load": "loads arrays", "numpy.loadtxt": "loads arrays", "numpy.genfromtxt": "loads arrays",
        "sklearn.datasets.": "loads a data set of scikit-learn",
        "sklearn.model_selection.train_test_split": "splits into train and test",
        "torch.utils.data.DataLoader": "makes DataLoaders", "torch.utils.data.random_split": "splits a data set",
        "torchvision.datasets.": "loads a data set of torchvision", "datasets.load_dataset": "loads a data set",
        "datasets.load_from_disk": "loads a data set", "tensorflow.keras.datasets.": "loads a data set of Keras",
        "keras.datasets.": "loads a data set of Keras", "tensorflow.data.Dataset.": "makes a tf.data pipeline",
        "xgboost.DMatrix": "makes a DMatrix", "flwr_datasets.FederatedDataset": "loads a partition",
        "csv.reader": "reads a CSV file",
        "csv.DictReader": "reads a CSV file", "torch.load": "loads tensors", "scipy.io.loadmat": "loads arrays",
    ]

    static func match(_ calls: Set<String>, _ known: [String: String]) -> (count: Int, why: String?) {
        var why: [String] = []
        for (name, text) in known.sorted(by: { $0.key < $1.key }) {
            let isThere =
                if name.hasPrefix(".") {
                    calls.contains { $0.hasSuffix(name) }
                } else if name.hasSuffix(".") {
                    calls.contains { $0.hasPrefix(name) }
                } else {
                    calls.contains(name)
                }
            if isThere, !why.contains(text) { why.append(text) }
        }
        return (why.count, why.isEmpty ? nil : why.prefix(2).joined(separator: " and "))
    }
}
