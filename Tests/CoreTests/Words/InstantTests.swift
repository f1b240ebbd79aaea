import Core
import Foundation
import Testing

@Suite("Instants")
struct InstantTests {
    @Test("Every millisecond survives JSON")
    func roundTrip() throws {
        let start: Int64 = 1_760_000_000_000
        let instants = (Array(start..<(start + 2000)) + [-1, 0, 1, -1001, 978_307_200_000, 4_102_444_799_999])
            .map(Instant.init(milliseconds:))
        let data = try JSONEncoder().encode(instants)
        #expect(try JSONDecoder().decode([Instant].self, from: data) == instants)
    }

    @Test("The text has three digits of a second, before 1970 too")
    func text() {
        #expect(Instant(milliseconds: 1_760_000_000_600).iso8601 == "2025-10-09T08:53:20.600Z")
        #expect(Instant(milliseconds: 1_760_000_000_007).iso8601 == "2025-10-09T08:53:20.007Z")
        #expect(Instant(milliseconds: -1).iso8601 == "1969-12-31T23:59:59.999Z")
    }
}
