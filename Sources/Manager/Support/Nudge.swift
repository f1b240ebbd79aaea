/// Wakes one loop; nudges that come while it is busy wake it once more.
struct Nudge: Sendable {
    let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func callAsFunction() { continuation.yield() }
}
