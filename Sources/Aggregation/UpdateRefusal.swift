/// Why an update isn't taken. Nothing of it has been added.
package struct UpdateRefusal: Error, CustomStringConvertible, Sendable {
    package enum Kind: String, Sendable {
        /// Names, shapes or dtypes are not the model's.
        case mismatch
        /// A value is Inf, NaN or too large to be summed up, or a boolean neither 0 nor 1.
        case value
        /// The number of examples can't be a weight.
        case examples
        /// The number of local steps is missing or can't be one.
        case steps
        /// The file changed after it was opened.
        case unreadable
        /// There is no memory for the sum; only a copied aggregator asks for more when it adds.
        case memory
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// Why there is no result.
package struct AggregationError: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
