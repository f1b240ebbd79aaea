package import Foundation

/// A moment of wall-clock time in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Core reads no clock: every instant comes in with an event. Milliseconds as an integer make stored states compare
/// equal after a round trip through JSON.
package struct Instant: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(_ date: Date) {
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// ISO 8601 in UTC with milliseconds, such as `2026-11-23T08:15:30.250Z`.
    ///
    /// The milliseconds are written here, since Foundation cuts them off the nearest `Double`: of some instants one
    /// would be lost with every trip through JSON.
    package var iso8601: String {
        let rest = ((milliseconds % 1000) + 1000) % 1000
        let second = Date(timeIntervalSince1970: Double((milliseconds - rest) / 1000))
        let digits = String(rest)
        return second.formatted(Date.ISO8601FormatStyle()).dropLast()
            + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }

    package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (instant: Instant, seconds: Double) -> Instant {
        Instant(milliseconds: instant.milliseconds + Int64((seconds * 1000).rounded()))
    }

    /// Seconds from `earlier` to this instant; negative when this one is the earlier.
    package func seconds(since earlier: Instant) -> Double {
        Double(milliseconds - earlier.milliseconds) / 1000
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? style.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "\"\(text.prefix(60))\" is not an ISO 8601 instant such as 2026-11-23T08:15:30.250Z"
                )
            )
        }
        self.init(date)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
