/// What keeps a manager from running, for people: what happened, where, and what to do.
package struct ManagerError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
