package import Core

/// A revision and how its build fares.
package typealias RevisionView = RevisionRecord
