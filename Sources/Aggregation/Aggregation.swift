// Aggregation
