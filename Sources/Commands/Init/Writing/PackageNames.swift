/// Which package on the index gives a module of another name.
enum PackageNames {
    private static let others: [String: String] = [
        "sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python-headless", "yaml": "PyYAML",
        "skimage": "scikit-image", "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "dotenv": "python-dotenv",
        "flwr_datasets": "flwr-datasets", "hydra": "hydra-core", "google.protobuf": "protobuf", "attr": "attrs",
        "Bio": "biopython", "nibabel": "nibabel", "pytorch_lightning": "pytorch-lightning",
        "torch_geometric": "torch-geometric",
        "tensorflow_datasets": "tensorflow-datasets", "sentence_transformers": "sentence-transformers",
        "torchmetrics": "torchmetrics", "docx": "python-docx", "serial": "pyserial", "OpenSSL": "pyOpenSSL",
        "umap": "umap-learn", "imblearn": "imbalanced-learn", "lightning_fabric": "lightning", "ot": "POT",
    ]
    /// Packages whose module has the same name, and that are known.
    private static let same: Set<String> = [
        "numpy", "scipy", "pandas", "torch", "torchvision", "torchaudio", "tensorflow", "keras", "jax", "flax", "optax",
        "xgboost", "lightgbm", "transformers", "datasets", "peft", "accelerate", "lightning", "matplotlib", "seaborn",
        "tqdm",
        "flwr", "timm", "einops", "omegaconf", "wandb", "mlflow", "tensorboard", "requests", "click", "typer", "joblib",
        "pyarrow", "polars", "h5py", "safetensors", "tokenizers", "evaluate", "monai", "pydicom", "networkx",
        "statsmodels",
        "numba", "sympy", "nltk", "spacy", "gensim", "albumentations", "rich", "loguru", "pydantic", "torchmetrics",
        "shap",
        "optuna", "ray", "dask", "sacrebleu", "librosa", "soundfile", "nibabel", "medmnist", "fedops", "evaluate",
        "hydra",
    ]

    /// The distribution, and whether that is known rather than assumed from the name.
    static func distribution(of module: String) -> (name: String, isKnown: Bool) {
        if let other = others[module] { return (other, true) }
        return (module.replacing("_", with: "-"), same.contains(module))
    }

    /// As PEP 503 compares names.
    static func normalised(_ name: String) -> String {
        var result = ""
        for character in name.lowercased() {
            if "-_.".contains(character) {
                if result.last != "-" { result.append("-") }
            } else {
                result.append(character)
            }
        }
        return result
    }
}
