/// The shapes that are known, the most particular first: a Flower app is also a PyTorch project.
enum Recognisers {
    static var all: [any Recogniser.Type] {
        [
            SiloRecogniser.self, FlowerRecogniser.self, PEFTRecogniser.self, TransformersRecogniser.self,
            LightningRecogniser.self, KerasRecogniser.self, JAXRecogniser.self, XGBoostRecogniser.self,
            TorchRecogniser.self,
            ScikitLearnRecogniser.self, NumPyRecogniser.self, CommandRecogniser.self,
        ]
    }

    static func recognise(_ facts: ProjectFacts) -> [Recognition] {
        all.compactMap { $0.init().recognise(facts) }
    }

    /// Where the first of these packages is imported: `train.py:3 imports torch`.
    static func evidence(_ facts: ProjectFacts, _ packages: String...) -> String? {
        for module in facts.own {
            for package in packages {
                let found = module.imports.first { $0.module == package || $0.module.hasPrefix(package + ".") }
                if let found { return "\(module.file):\(found.line) imports \(package)" }
            }
        }
        return nil
    }
}
