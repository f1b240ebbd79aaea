package struct TagRule { package func select(from names: [String]) -> String? { names.max() } }
