/// Groups points that lie densely together.
///
/// Source: Ester, Kriegel, Sander and Xu, "A density-based algorithm for discovering clusters in large spatial databases
/// with noise", KDD 1996. Labels and their numbers are those of scikit-learn's `DBSCAN` with the Euclidean metric: a
/// point's neighbourhood includes the point itself, clusters are numbered from 0 in the order of their first core point,
/// and a point in reach of several belongs to the first.
package enum DBSCAN {
    /// - Parameters:
    ///   - points: All of one dimension.
    ///   - eps: Points no further apart than this are neighbours.
    ///   - minPoints: Neighbours, itself included, that make a point a core point.
    /// - Returns: Each point's cluster; nil for noise. Time and memory grow with the square of the number of points.
    package static func labels(_ points: [[Double]], eps: Double, minPoints: Int) -> [Int?] {
        let neighbours = points.map { point in
            points.indices.filter { distance(points[$0], point) <= eps }
        }
        var labels = [Int?](repeating: nil, count: points.count)
        var next = 0
        for start in points.indices where labels[start] == nil && neighbours[start].count >= minPoints {
            var pending = [start]
            while let point = pending.popLast() {
                guard labels[point] == nil else { continue }
                labels[point] = next
                // Border points belong to the cluster, and lead no further.
                guard neighbours[point].count >= minPoints else { continue }
                pending += neighbours[point].filter { labels[$0] == nil }
            }
            next += 1
        }
        return labels
    }

    /// Each coordinate less its mean, over its standard deviation (of the population, where it isn't 0), so that
    /// coordinates of different units count alike.
    package static func standardised(_ points: [[Double]]) -> [[Double]] {
        guard let dimensions = points.first?.count, dimensions > 0 else { return points }
        let count = Double(points.count)
        let scales = (0..<dimensions).map { column -> (mean: Double, deviation: Double) in
            let mean = points.reduce(0) { $0 + $1[column] } / count
            let variance = points.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / count
            let deviation = variance.squareRoot()
            return (mean, deviation > 0 ? deviation : 1)
        }
        return points.map { point in zip(point, scales).map { ($0 - $1.mean) / $1.deviation } }
    }

    private static func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
}
