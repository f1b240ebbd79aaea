import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct FedXgbBaggingTests {
    private static let first = #"{"learner":{"learner_model_param":{"base_score":"[5E-1]","num_feature":"2"}}}"#

    private static func round(left: Int = 1, feature: Int = 1, value: String = "0.5") -> String {
        #"{"groups":[0],"trees":[{"left_children":[\#(left),-1,-1],"right_children":[2,-1,-1],"#
            + #""split_indices":[\#(feature),0,0],"split_conditions":[\#(value),1,2]}]}"#
    }

    private func trees(_ fixture: Fixture, _ lines: String...) throws -> SafetensorsFile {
        try fixture.model(NamedTensor("fedops:trees", .u8, Array(lines.map { $0 + "\n" }.joined().utf8)))
    }

    @Test func newTreesStandBehindTheModelsByName() async throws {
        try await withFixture { fixture in
            let (old, one, two) = (Self.round(value: "0.25"), Self.round(value: "1.5"), Self.round(value: "2.5"))
            var bagging = try FedXgbBagging(reference: trees(fixture, Self.first, old))
            try bagging.add(trees(fixture, Self.first, two), UpdateNumbers(node: "b", examples: 1))
            try bagging.add(trees(fixture, Self.first, one, one), UpdateNumbers(node: "a", examples: 900))
            let place = fixture.url("new.safetensors")
            try bagging.write(to: place, metadata: [:])
            let bytes = try SafetensorsFile(mapping: place).elements(of: "fedops:trees", as: UInt8.self)
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(lines == [Self.first, old, one, one, two])
        }
    }

    @Test(arguments: [
        ([first], "no new trees"),
        ([first.replacing("num_feature\":\"2", with: "num_feature\":\"3"), round()], #"num_feature is 3, not 2"#),
        ([first, round(feature: 2)], "splits by feature 2, of 2"),
        ([first, round(left: 0)], "has the child 0"),
        ([first, round(left: 2)], "has the child 2"),
        ([first, round(value: "NaN")], "no JSON"),
        ([first, "{}"], "groups is missing"),
        (["weights"], "has no learner.learner_model_param.num_feature"),
    ]) func whatIsNoTreesOfTheModelIsRefused(_ lines: [String], _ words: String) async throws {
        try await withFixture { fixture in
            var bagging = try FedXgbBagging(reference: trees(fixture, Self.first))
            let text = lines.map { $0 + "\n" }.joined()
            let update = try fixture.model(NamedTensor("fedops:trees", .u8, Array(text.utf8)))
            let refusal = #expect(throws: UpdateRefusal.self) {
                try bagging.add(update, UpdateNumbers(node: "a", examples: 1))
            }
            #expect(refusal?.description.contains(words) == true, "\(refusal?.description ?? "")")
            #expect(bagging.updates == 0)
        }
    }

    @Test func treesAndTensorsAreNotMixed() async throws {
        try await withFixture { fixture in
            let (model, forest) = (
                try fixture.model(NamedTensor("w", .f32, [Float(1)])), try trees(fixture, Self.first)
            )
            #expect(throws: AggregationError.self) { try Strategy.fedxgbbagging.aggregator(reference: model) }
            #expect(throws: AggregationError.self) { try Strategy.fedavg.aggregator(reference: forest) }
        }
    }
}
