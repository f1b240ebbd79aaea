import Foundation

/// One line of a model of trees, as far as a server has to understand it.
struct TreeRound: Decodable {
    let groups: [Int]
    let trees: [Tree]

    struct Tree: Decodable {
        let left: [Int]
        let right: [Int]
        let feature: [Int]
        /// Thresholds of the splits, and the values of the leaves.
        let value: [Double]

        enum CodingKeys: String, CodingKey {
            case left = "left_children"
            case right = "right_children"
            case feature = "split_indices"
            case value = "split_conditions"
        }
    }

    /// What is wrong with a line; nil where it is trees on so many features. A line that passes can be predicted with: nodes
    /// and features are in range, a node is below one other at most, and values are finite, as JSON has no others.
    static func flaw(of line: Data, features: Int) -> String? {
        let round: TreeRound
        do {
            round = try JSONDecoder().decode(TreeRound.self, from: line)
        } catch let DecodingError.keyNotFound(key, _) {
            return "\(key.stringValue) is missing"
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has another type"
        } catch {
            return "no JSON, or a number that is not finite"
        }
        guard !round.trees.isEmpty, round.trees.count == round.groups.count, round.groups.allSatisfy({ $0 >= 0 }) else {
            return "\(round.trees.count) trees have \(round.groups.count) groups"
        }
        for (index, tree) in round.trees.enumerated() {
            if let flaw = tree.flaw(features) { return "tree \(index): \(flaw)" }
        }
        return nil
    }
}

extension TreeRound.Tree {
    fileprivate func flaw(_ features: Int) -> String? {
        let count = left.count
        guard count > 0, right.count == count, feature.count == count, value.count == count else {
            return "its lists have \(left.count), \(right.count), \(feature.count) and \(value.count) nodes"
        }
        var isBelow = [Bool](repeating: false, count: count)
        var rest = [0]
        while let node = rest.popLast() {
            let children = [left[node], right[node]]
            if children == [-1, -1] { continue }
            guard features > feature[node], feature[node] >= 0 else {
                return "node \(node) splits by feature \(feature[node]), of \(features)"
            }
            for child in children {
                guard child > 0, child < count, !isBelow[child] else { return "node \(node) has the child \(child)" }
                isBelow[child] = true
                rest.append(child)
            }
        }
        return nil
    }
}
