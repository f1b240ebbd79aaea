import FlowRunner
import Foundation
import TestSupport
import Testing

/// `fedops:transformers` and PEFT, on networks of Hugging Face that are small and made at random.
@Suite(.serialized) struct TransformersTests {
    private static let code = """
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
        class Words(torch.utils.data.Dataset):
            def __init__(self, count):
                self.words = torch.randint(0, 40, (count, 6), generator=torch.Generator().manual_seed(count))
            def __len__(self): return len(self.words)
            def __getitem__(self, index):
                words = self.words[index]
                return {"input_ids": words, "attention_mask": torch.ones(6, dtype=torch.long),
                        "labels": (words[0] >= 20).long()}
        def data(): return {"train_dataset": Words(64), "test_dataset": Words(32)}
        def model():
            torch.manual_seed(0)
            size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
            return BertForSequenceClassification(BertConfig(vocab_size=40, max_position_embeddings=8, **size))
        def trainer():
            arguments = TrainingArguments("out", learning_rate=0.02, per_device_train_batch_size=8, logging_steps=1,
                                          save_strategy="epoch", eval_strategy="epoch", load_best_model_at_end=True)
            accuracy = lambda answers: {"accuracy": (answers.predictions.argmax(1) == answers.label_ids).mean()}
            return Trainer(model(), arguments, train_dataset=Words(64), eval_dataset=Words(32), compute_metrics=accuracy)
        def adapter(labels):
            # What was pretrained is the same everywhere; the adapter that each node would draw is not.
            base = model()
            torch.manual_seed(int(labels["seed"]))
            return get_peft_model(base, LoraConfig(r=2, target_modules=["query", "value"], task_type="SEQ_CLS"))
        """

    private static func stages(model: String) -> String {
        """
        {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:\(model)", "with": {}},
         "train": {"call": "fedops:transformers.fit", "with": {}},
         "evaluate": {"call": "fedops:transformers.evaluate", "with": {}}}
        """
    }

    private static let settings =
        #"{"arguments": {"learning_rate": 0.02, "per_device_train_batch_size": 8, "use_cpu": true}}"#

    @Test(arguments: ["model", "trainer"])
    func rounds(model: String) async throws {
        try await withFixture { fixture in
            let project = try await Project.torch(
                fixture,
                Self.code,
                stages: Self.stages(model: model),
                settings: model == "model" ? Self.settings : "{}"
            )
            try await project.start()
            let first = try await project.round(1, epochs: 3)
            #expect(first.examples == 64)
            let second = try await project.round(2, epochs: 3)
            // From the same base by the same code: nothing of the first round is left in optimiser and schedule.
            #expect(try #require(first.metrics["loss"]) > 0)
            #expect(abs(try #require(second.metrics["loss"]) - (try #require(first.metrics["loss"]))) < 0.2)
            let outcome = try await project.worker.evaluate(model: project.update, project.context())
            #expect(outcome.examples == 32)
            #expect(outcome.metrics.keys.sorted() == (model == "model" ? ["loss"] : ["accuracy", "loss"]))
            let kept = try FileManager.default.subpathsOfDirectory(atPath: fixture.url("revision").path)
            #expect(!kept.contains { $0.contains("checkpoint") }, "\(kept)")
        }
    }

    @Test func anAdapterTravelsAloneByItsOwnNamesAndStartsFromOneDraw() async throws {
        try await withFixture { fixture in
            var projects: [Project] = []
            for (node, seed) in [("node-1", "1"), ("node-2", "2")] {
                projects.append(
                    try await Project.torch(
                        fixture,
                        Self.code,
                        stages: Self.stages(model: "adapter"),
                        settings: Self.settings,
                        node: node,
                        labels: ["seed": seed]
                    )
                )
            }
            for project in projects { try await project.start() }
            _ = try await projects[0].round(1, epochs: 2)
            let query = "base_model.model.bert.encoder.layer.0.attention.self.query"
            let (file, update) = (projects[0].base, projects[0].update)
            let names = try projects[0].names(file)
            #expect(names.count == 6)
            #expect(names.allSatisfy { $0.contains(".lora_") || $0.contains(".classifier.") }, "\(names)")
            let drawn = try numbers(file, "\(query).lora_A.weight")
            #expect(drawn.contains { $0 != 0 })
            #expect(try numbers(file, "\(query).lora_B.weight").allSatisfy { $0 == 0 })
            #expect(try numbers(update, "\(query).lora_B.weight").contains { $0 != 0 })

            // The other node, whose own draw differs, evaluates and trains from the global one.
            #expect(try await projects[0].evaluate(file) == projects[1].evaluate(file))
            #expect(try await projects[0].evaluate(update) == projects[1].evaluate(update))
            _ = try await projects[1].round(1, epochs: 1)

            // PEFT itself takes the file as an adapter.
            let script = """
                import sys
                sys.path.insert(0, sys.argv[2])
                import flow, torch
                from peft import set_peft_model_state_dict
                from safetensors.torch import load_file
                model = flow.adapter({"seed": "3"})
                result = set_peft_model_state_dict(model, load_file(sys.argv[1]))
                assert not result.unexpected_keys, result.unexpected_keys
                assert not [key for key in result.missing_keys if "lora_" in key], result.missing_keys
                print(float(model.base_model.model.bert.encoder.layer[0].attention.self.query.lora_A["default"].weight[0, 0]))
                """
            let python = try await PythonEnvironment.torch.python().path
            let loaded = try await requireProcess(
                python,
                ["-B", "-c", script, file.path, fixture.url("revision").path],
                timeout: .seconds(120)
            )
            #expect(abs(try #require(Double(loaded.split(separator: "\n").last ?? "")) - drawn[0]) < 1e-6)
        }
    }
}
