import Foundation

/// The Python adapter, which is embedded in the binary, as files that an interpreter can run.
enum AdapterFiles {
    private static let files: [(name: String, content: [UInt8])] = [
        ("__main__.py", PackageResources.__main___py),
        ("fedops_channel.py", PackageResources.fedops_channel_py),
        ("fedops_clients.py", PackageResources.fedops_clients_py),
        ("fedops_examples.py", PackageResources.fedops_examples_py),
        ("fedops_failures.py", PackageResources.fedops_failures_py),
        ("fedops_jax.py", PackageResources.fedops_jax_py),
        ("fedops_keras.py", PackageResources.fedops_keras_py),
        ("fedops_models.py", PackageResources.fedops_models_py),
        ("fedops_modules.py", PackageResources.fedops_modules_py),
        ("fedops_names.py", PackageResources.fedops_names_py),
        ("fedops_optimizers.py", PackageResources.fedops_optimizers_py),
        ("fedops_patterns.py", PackageResources.fedops_patterns_py),
        ("fedops_peft.py", PackageResources.fedops_peft_py),
        ("fedops_recipe_lightning.py", PackageResources.fedops_recipe_lightning_py),
        ("fedops_recipe_flower.py", PackageResources.fedops_recipe_flower_py),
        ("fedops_recipe_flower_older.py", PackageResources.fedops_recipe_flower_older_py),
        ("fedops_recipe_flower_server.py", PackageResources.fedops_recipe_flower_server_py),
        ("fedops_recipe_flower_strategy.py", PackageResources.fedops_recipe_flower_strategy_py),
        ("fedops_recipe_keras.py", PackageResources.fedops_recipe_keras_py),
        ("fedops_recipe_silo.py", PackageResources.fedops_recipe_silo_py),
        ("fedops_recipe_silo_config.py", PackageResources.fedops_recipe_silo_config_py),
        ("fedops_recipe_sklearn.py", PackageResources.fedops_recipe_sklearn_py),
        ("fedops_recipe_torch.py", PackageResources.fedops_recipe_torch_py),
        ("fedops_recipe_transformers.py", PackageResources.fedops_recipe_transformers_py),
        ("fedops_results.py", PackageResources.fedops_results_py),
        ("fedops_share.py", PackageResources.fedops_share_py),
        ("fedops_sklearn.py", PackageResources.fedops_sklearn_py),
        ("fedops_sklearn_classes.py", PackageResources.fedops_sklearn_classes_py),
        ("fedops_sklearn_kinds.py", PackageResources.fedops_sklearn_kinds_py),
        ("fedops_sklearn_steps.py", PackageResources.fedops_sklearn_steps_py),
        ("fedops_split.py", PackageResources.fedops_split_py),
        ("fedops_stages.py", PackageResources.fedops_stages_py),
        ("fedops_strategies.py", PackageResources.fedops_strategies_py),
        ("fedops_tensors.py", PackageResources.fedops_tensors_py),
        ("fedops_torch.py", PackageResources.fedops_torch_py),
    ]

    /// Writes them into `folder`, which is made anew, for nobody but this user.
    static func write(to folder: URL) throws {
        let manager = FileManager.default
        if manager.fileExists(atPath: folder.path) { try manager.removeItem(at: folder) }
        try PrivateFolder.make(folder)
        for file in files { try PrivateFolder.write(Data(file.content), to: folder.appending(path: file.name)) }
    }
}

/// Folders and files that only their owner reads.
enum PrivateFolder {
    static func make(_ folder: URL) throws {
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
    }

    static func write(_ data: Data, to file: URL) throws {
        guard
            FileManager.default.createFile(
                atPath: file.path,
                contents: data,
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file.path]) }
    }
}
