package import Core

/// Body of every answer that isn't a success (RFC 9457, `application/problem+json`).
package struct EngineProblem: Codable, Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Codable, Sendable {
        /// The key isn't the node's for this round, or there is no such round: the two are not told apart.
        case unauthorized
        /// The round is over, or was taken back.
        case closed
        /// An update is not to be read; `refusal` says why.
        case refused
        /// A model, an update or a report isn't what it has to be.
        case invalid
        case tooLarge
        /// What arrived isn't what was announced: to be sent again.
        case damaged
        case missing
        /// The engine can't take it now; the client may try again.
        case unavailable
    }

    /// What an update, or a round, was made by.
    package struct Origin: Codable, Sendable, Equatable {
        package var epoch: Int
        package var commit: CommitHash
        package var digest: ContentDigest
    }

    package var status: Int
    package var code: Code
    /// What went wrong, where, and what to do, in one line.
    package var title: String
    package var refusal: OfferRefusal?
    package var offered: Origin?
    package var wanted: Origin?

    package init(_ status: Int, _ code: Code, _ title: String) {
        self.status = status
        self.code = code
        self.title = title
    }

    package init(_ refusal: OfferRefusal, offered: RoundIntake.Offer, wanted: Ticket) {
        status =
            switch refusal.kind {
            case .stranger: 403
            case .otherTicket, .alreadyCounted: 409
            case .tooLate: 410
            }
        code = .refused
        title = refusal.description
        self.refusal = refusal
        self.offered = Origin(epoch: offered.epoch, commit: offered.commit, digest: offered.digest)
        self.wanted = Origin(epoch: wanted.epoch, commit: wanted.commit, digest: wanted.digest)
    }

    package var description: String { title }

    static let unauthorized = EngineProblem(
        401,
        .unauthorized,
        "no round of this name is open to this key; a key is good for one node in one round"
    )

    static func closed(_ why: String) -> EngineProblem { EngineProblem(410, .closed, why) }
    static func malformed(_ why: String) -> EngineProblem { EngineProblem(400, .invalid, why) }
}
