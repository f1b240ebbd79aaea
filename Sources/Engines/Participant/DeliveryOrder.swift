/// Says when a client may deliver its update, where many clients are played in one process: what is added to a sum first
/// must not be left to chance, or no two runs would give the same model to the last bit.
package protocol DeliveryOrder: Sendable {
    /// Returns when it is the node's turn.
    ///
    /// - Throws: `CancellationError`.
    func turn(of node: String) async throws

    /// The node has delivered, or won't. May be called more than once.
    func leave(_ node: String)
}
