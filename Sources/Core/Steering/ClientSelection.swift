/// The clients of a round, and with how many of their updates its training is over.
package struct ClientSelection: Sendable, Equatable {
    /// Sorted.
    package var clients: [String]
    /// Fewer than there are clients; absent where all are waited for.
    package var enough: Int?
}

extension ParticipantsPolicy {
    /// How many clients a round asks of so many, and how many updates it needs of them.
    func sizes(of count: Int) -> (asked: Int, needed: Int) {
        var needed = maximum ?? count
        if let sample { needed = min(needed, max(1, minimum, Int(sample * Double(count) + 1e-9))) }
        needed = min(needed, count)
        return (min(count, needed + (extra?.additional(to: needed) ?? 0)), needed)
    }

    /// Chooses the clients of a task's next ticket among those that are ready.
    ///
    /// Equal arguments give equal choices: what is drawn comes from the task's name and the ticket's epoch.
    ///
    /// - Parameters:
    ///   - ready: In the flow's order, in which they take turns.
    ///   - done: Rounds finished.
    package func choose(
        from ready: [String],
        task: String,
        epoch: Int,
        done: Int,
        histories: [String: ClientHistory]
    ) -> ClientSelection {
        let (asked, needed) = sizes(of: ready.count)
        let enough = asked > needed ? needed : nil
        guard asked < ready.count else { return ClientSelection(clients: ready.sorted(), enough: enough) }
        let rule = select ?? SelectRule(sample == nil ? .rotate : .random)
        var random = SeededGenerator(task: task, epoch: epoch)
        let drawn = ready.sorted().shuffled(using: &random)
        let chosen: [String]
        switch rule.name {
        case .all, .rotate:
            let start = (done * asked) % ready.count
            chosen = (0..<asked).map { ready[(start + $0) % ready.count] }
        case .random: chosen = Array(drawn.prefix(asked))
        case .available: chosen = ranked(drawn, "availability", .highest, rule, asked, histories, &random)
        case .fastest: chosen = ranked(drawn, "seconds", .lowest, rule, asked, histories, &random)
        case .largest: chosen = ranked(drawn, "examples", .highest, rule, asked, histories, &random)
        case .contribution: chosen = ranked(drawn, "contribution", .highest, rule, asked, histories, &random)
        case .metric:
            chosen = ranked(drawn, rule.metric ?? "", rule.prefer ?? .lowest, rule, asked, histories, &random)
        case .cluster: chosen = fromClusters(drawn, rule, asked, histories, &random)
        }
        return ClientSelection(clients: chosen.sorted(), enough: enough)
    }

    /// The first by a feature: before all others those that were never asked, after all others those that were and gave
    /// nothing to compare them by. Some places go to others, so that what is known of them doesn't grow old (as in Lai,
    /// Zhu, Madhyastha and Chowdhury, "Oort: Efficient federated learning via guided participant selection", OSDI 2021).
    private func ranked(
        _ drawn: [String],
        _ feature: String,
        _ prefer: SelectRule.Preference,
        _ rule: SelectRule,
        _ asked: Int,
        _ histories: [String: ClientHistory],
        _ random: inout SeededGenerator
    ) -> [String] {
        let order = drawn.enumerated().map { place, node -> (rank: (Int, Double, Int), node: String) in
            guard let history = histories[node] else { return ((0, 0, place), node) }
            guard let value = history.value(of: feature) else { return ((2, 0, place), node) }
            return ((1, prefer == .lowest ? value : -value, place), node)
        }
        let ranked = order.sorted { $0.rank < $1.rank }.map(\.node)
        // A share of a few places is rounded up as often as its fraction says.
        let share = Double(asked) * (rule.explore ?? SelectRule.defaultExplore)
        let others = min(asked, Int(share + Double.random(in: 0..<1, using: &random)))
        let first = Array(ranked.prefix(asked - others))
        return first + ranked.dropFirst(asked - others).shuffled(using: &random).prefix(others)
    }

    /// One of each cluster in turn. Clients that are like no others are a group, and so are those that nothing is known of.
    private func fromClusters(
        _ drawn: [String],
        _ rule: SelectRule,
        _ asked: Int,
        _ histories: [String: ClientHistory],
        _ random: inout SeededGenerator
    ) -> [String] {
        let features = rule.features ?? SelectRule.defaultFeatures
        let points = drawn.sorted().compactMap { node -> (node: String, point: [Double])? in
            let point = features.compactMap { histories[node]?.value(of: $0) }
            return point.count == features.count ? (node, point) : nil
        }
        let labels = DBSCAN.labels(
            DBSCAN.standardised(points.map(\.point)),
            eps: rule.eps ?? SelectRule.defaultEps,
            minPoints: rule.minPoints ?? SelectRule.defaultMinPoints
        )
        let clusters = Dictionary(zip(points.map(\.node), labels)) { first, _ in first }
        let (noise, unknown) = (-1, -2)
        var groups = Dictionary(grouping: drawn) { clusters[$0].map { $0 ?? noise } ?? unknown }
        let turns = groups.keys.sorted().shuffled(using: &random)
        var chosen: [String] = []
        while chosen.count < asked {
            for turn in turns where chosen.count < asked {
                if groups[turn]?.isEmpty == false, let node = groups[turn]?.removeFirst() { chosen.append(node) }
            }
        }
        return chosen
    }
}

extension Wave {
    /// So many more than `count`, or such a share of it more, rounded up.
    func additional(to count: Int) -> Int {
        switch self {
        case .nodes(let number): number
        case .percent(let share): (count * share + 99) / 100
        }
    }
}
