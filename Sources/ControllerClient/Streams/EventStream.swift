import API
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Values that the controller sends as they come to be. The request is made when iteration begins and ends with it, so
/// that cancelling the task that reads is all it takes to hang up.
///
/// It ends where the controller has nothing more to say, and throws ``ClientError`` where it is cut.
package struct EventStream<Value: Decodable & Sendable>: AsyncSequence, Sendable {
    package typealias Element = Value

    let client: ControllerClient
    let target: String
    /// Events of another name are passed over; all are read where it is nil.
    let event: String?
    var lastEventID: String?

    package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

    package struct Iterator: AsyncIteratorProtocol {
        private let stream: EventStream
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var parser = ServerSentEventParser()
        private var ready: [ServerSentEvent] = []

        init(stream: EventStream) { self.stream = stream }

        package mutating func next() async throws -> Value? {
            let address = stream.client.endpoint.address
            do {
                if body == nil { body = try await open() }
                while true {
                    while !ready.isEmpty {
                        let event = ready.removeFirst()
                        guard stream.event == nil || event.name == stream.event else { continue }
                        return try decode(event)
                    }
                    guard let piece = try await body?.next() else {
                        try Task.checkCancellation()
                        return nil
                    }
                    ready = try parser.take(piece.readableBytesView)
                }
            } catch let error as ServerSentEventParser.TooLong {
                throw ClientError.unusable(address: address, why: error.description)
            } catch {
                throw ClientError.wrapping(error, address: address)
            }
        }

        private func open() async throws -> HTTPClientResponse.Body.AsyncIterator {
            let headers = stream.lastEventID.map { [("Last-Event-ID", $0)] } ?? []
            let response = try await stream.client.open(
                .get,
                stream.target,
                accept: "text/event-stream",
                headers: headers
            )
            let type = response.headers.first(name: "Content-Type") ?? "no content type"
            guard type.lowercased().hasPrefix("text/event-stream") else {
                throw ClientError.unusable(
                    address: stream.client.endpoint.address,
                    why: "\(stream.target) gave \(type), not an event stream"
                )
            }
            return response.body.makeAsyncIterator()
        }

        private func decode(_ event: ServerSentEvent) throws -> Value {
            do {
                return try JSONDecoder().decode(Value.self, from: Data(event.data.utf8))
            } catch {
                throw ClientError.unusable(
                    address: stream.client.endpoint.address,
                    why: "an event of \(stream.target) is no \(Value.self): \(error)"
                )
            }
        }
    }
}
