package import Core

/// Something that has to happen outside of the store, and that a crash doesn't make forgotten: it stays in the journal
/// until the transaction that ends it.
package struct PendingEffect: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Build and test the revision.
        case build(RevisionKey)
        /// Hand the release to its task; `Store.save(_:records:completing:at:)` ends it.
        case deliver(Release)
    }

    package var id: Int64
    package var task: String
    /// Counts the claims. Whoever holds an older one than the newest can't write any more.
    package var generation: Int
    package var kind: Kind

    package init(id: Int64, task: String, generation: Int, kind: Kind) {
        self.id = id
        self.task = task
        self.generation = generation
        self.kind = kind
    }

    /// The number of the revision that it is about.
    package var revision: Int {
        switch kind {
        case .build(let key): key.number
        case .deliver(let release): release.number
        }
    }

    /// The word of it in the journal.
    var word: String {
        switch kind {
        case .build: "build"
        case .deliver: "deliver"
        }
    }

    /// For people.
    var name: String { "\(word) of revision \(revision) of task \(task)" }
}
