import Core

/// What the flow will be: one candidate for each stage, with its parameters bound.
struct Plan {
    var chosen: [Flow.StageName: StageCandidate] = [:]
    var bound: [Flow.StageName: ParameterBinder.Bound] = [:]

    static let most = 6

    /// The likeliest of all that can go together. `fixed` are those that a person named.
    init(
        _ candidates: [Flow.StageName: [StageCandidate]],
        fixed: [Flow.StageName: StageCandidate] = [:],
        values: SettingValues
    ) {
        func among(_ stage: Flow.StageName) -> [StageCandidate?] {
            if let named = fixed[stage] { return [named] }
            let found = (candidates[stage] ?? []).prefix(Self.most).map(Optional.some)
            return found.isEmpty ? [nil] : found
        }
        let model = among(.model).compactMap { $0 }.max {
            Self.worth($0, .model, nil, DataParts(), values) < Self.worth($1, .model, nil, DataParts(), values)
        }
        var best = Int.min
        for data in among(.data) {
            let parts = data.map { DataParts($0, in: values.facts) } ?? .unknown
            var total = data.map { Self.worth($0, .data, nil, parts, values) } ?? 0
            var chosen: [Flow.StageName: StageCandidate] = [:]
            for stage in [Flow.StageName.train, .evaluate] {
                let found = among(stage).compactMap { $0 }.filter { $0.kind != chosen[.train]?.kind }
                let worths = found.map {
                    Self.worth($0, stage, model, parts, values) + Self.nearness($0, chosen[.train])
                }
                guard let index = worths.indices.max(by: { worths[$0] < worths[$1] }) else { continue }
                chosen[stage] = found[index]
                total += worths[index]
            }
            guard total > best else { continue }
            best = total
            chosen[.data] = data
            chosen[.model] = model
            self.chosen = chosen
        }
        bind(values)
    }

    private mutating func bind(_ values: SettingValues) {
        let parts = chosen[.data].map { DataParts($0, in: values.facts) } ?? .unknown
        for (stage, candidate) in chosen {
            let binder = ParameterBinder(
                stage: stage,
                candidate: candidate,
                model: chosen[.model],
                data: parts,
                values: values
            )
            bound[stage] = binder.bind()
        }
    }

    private static func worth(
        _ candidate: StageCandidate,
        _ stage: Flow.StageName,
        _ model: StageCandidate?,
        _ parts: DataParts,
        _ values: SettingValues
    ) -> Int {
        let binder = ParameterBinder(stage: stage, candidate: candidate, model: model, data: parts, values: values)
        let bound = binder.bind()
        return candidate.score - 40 * bound.unbound.count - 2 * bound.with.filter(\.isGuess).count
    }

    /// `train` and `evaluate` of one file, or of one class, belong together.
    private static func nearness(_ candidate: StageCandidate, _ other: StageCandidate?) -> Int {
        guard let other, case .call(let one) = candidate.kind, case .call(let two) = other.kind else { return 0 }
        return one.module == two.module ? 5 : 0
    }
}
