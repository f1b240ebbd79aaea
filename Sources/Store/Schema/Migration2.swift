extension Schema {
    /// What numbers a removed task had used up. A task that is added again under its name goes on counting from there:
    /// nodes that were away meanwhile refuse epochs below the last one they saw, and hold models by their number.
    static let migration2 = """
        CREATE TABLE retired (
            name TEXT PRIMARY KEY,
            epoch INTEGER NOT NULL CHECK (epoch >= 0),
            models INTEGER NOT NULL CHECK (models >= 0),
            attempts INTEGER NOT NULL CHECK (attempts >= 0)
        ) STRICT, WITHOUT ROWID;
        """
}
