package import Core

/// A numbered global model.
package typealias ModelView = ModelRecord

/// Answer of `POST /v1/tasks/{task}/models/{version}/grant`: leave to fetch one model from the node that holds it.
///
/// Tensors don't go through the controller; the bearer goes to the engine of the server node itself.
package struct ModelGrant: Codable, Sendable, Equatable {
    package var url: String
    package var bearer: String
    package var digest: ContentDigest
    package var bytes: Int
    package var expires: Instant

    package init(url: String, bearer: String, digest: ContentDigest, bytes: Int, expires: Instant) {
        self.url = url
        self.bearer = bearer
        self.digest = digest
        self.bytes = bytes
        self.expires = expires
    }
}
