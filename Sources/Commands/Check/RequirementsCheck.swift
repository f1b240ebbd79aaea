import Core
import Foundation

/// Looks for packages that the stages' modules import, and those that they import of the project, in the requirements.
struct RequirementsCheck {
    let flow: Flow
    let facts: ProjectFacts
    let folder: URL
    let places: FlowPlaces

    /// What others bring along; a project may count on that.
    private static let brought: [String: Set<String>] = [
        "numpy": [
            "scikit-learn", "pandas", "scipy", "xgboost", "jax", "keras", "tensorflow", "torchvision", "transformers",
            "datasets", "matplotlib", "flwr", "lightgbm", "flax", "opencv-python", "opencv-python-headless", "medmnist",
        ],
        "scipy": ["scikit-learn", "jax", "xgboost"], "joblib": ["scikit-learn"],
        "torch": [
            "lightning", "pytorch-lightning",
            "torchvision", "peft", "timm", "accelerate", "monai",
        ],
        "pandas": ["datasets", "seaborn"], "tqdm": ["datasets", "transformers", "lightning", "nltk"],
        "pyyaml": ["transformers", "omegaconf", "lightning"], "omegaconf": ["hydra-core"],
        "keras": ["tensorflow"], "jax": ["flax", "optax"],
    ]

    func run() -> [Diagnostic] {
        guard flow.runtime.kind == .python else { return [] }
        let modules = Set(
            Flow.StageName.allCases.compactMap { flow.stages[$0].call }.filter { !$0.isRecipe }.map(\.module)
        )
        let imported = RequirementsGuess.imports(facts, modules).filter { $0.module != "fedops" }
        guard !imported.isEmpty, let named = RequirementNames.of(flow, in: folder) else { return [] }
        let missing = imported.filter { item in
            let name = PackageNames.normalised(item.distribution)
            if named.contains(name) || named.contains(PackageNames.normalised(item.module)) { return false }
            return Self.brought[name]?.isDisjoint(with: named) ?? true
        }
        if flow.runtime.requirements == nil, let first = missing.first {
            let names = missing.map(\.distribution).joined(separator: ", ")
            return [
                places.diagnostic(
                    "runtime.requirements",
                    severity: .warning,
                    "is missing, and \(first.place) imports \(first.module): a node has no packages but those of the file",
                    hint: "a file of requirements would have \(names)"
                )
            ]
        }
        return missing.map { item in
            let sure = item.isKnown ? "" : ", or the package of another name that has it"
            return places.diagnostic(
                "runtime.requirements",
                severity: .warning,
                "\(item.place) imports \(item.module), which \(flow.runtime.requirements ?? "") doesn't name",
                hint: "add \(item.distribution)\(sure)"
            )
        }
    }
}
