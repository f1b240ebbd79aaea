import Core
import Foundation
import TestSupport
import Testing

/// The clusters that clients are chosen from, beside scikit-learn's.
@Suite struct ClusterTests {
    private struct Case: Decodable {
        var points: [[Double]]
        var scaled: [[Double]]
        var eps: Double
        var minPoints: Int
        var labels: [Int]
    }

    @Test("DBSCAN gives scikit-learn's labels, of scikit-learn's standardised points")
    func labels() async throws {
        let python = try await PythonEnvironment.sklearn.python()
        let output = try await requireProcess(python.path, ["-c", Self.script])
        let cases = try JSONDecoder().decode([Case].self, from: Data(output.utf8))
        #expect(cases.count == 24)
        for example in cases {
            let scaled = DBSCAN.standardised(example.points)
            let errors = zip(scaled.joined(), example.scaled.joined()).map { abs($0 - $1) }
            #expect(errors.count == example.points.count * 2 && errors.allSatisfy { $0 < 1e-9 })
            let labels = DBSCAN.labels(scaled, eps: example.eps, minPoints: example.minPoints)
            #expect(labels.map { $0 ?? -1 } == example.labels)
        }
        // The cases have what there is: noise, one cluster, and several.
        #expect(cases.contains { $0.labels.contains(-1) })
        #expect(Set(cases.map { $0.labels.max() ?? -1 }).count > 3)
    }

    private static let script = """
        import json, numpy as np
        from sklearn.cluster import DBSCAN
        from sklearn.preprocessing import StandardScaler
        cases = []
        for seed in range(8):
            rng = np.random.default_rng(seed)
            centres = rng.uniform(-20, 20, (1 + seed % 4, 2)) * [1, 1000]
            points = np.concatenate([c + rng.standard_normal((15, 2)) * [1, 1000] for c in centres])
            points = np.concatenate([points, rng.uniform(-30, 30, (6, 2)) * [1, 1000]])
            rng.shuffle(points)
            if seed == 7: points[:, 1] = 3.0
            scaled = StandardScaler().fit_transform(points)
            for eps, least in ((0.15, 2), (0.3, 4), (1.0, 3)):
                labels = DBSCAN(eps=eps, min_samples=least).fit_predict(scaled)
                cases.append({"points": points.tolist(), "scaled": scaled.tolist(), "eps": eps,
                              "minPoints": least, "labels": labels.tolist()})
        print(json.dumps(cases))
        """
}
