/// What a safetensors file may ask of us. The reference implementation's only limit is a header of 100 MB.
package struct SafetensorsLimits: Sendable, Equatable {
    /// The file's bytes, header included.
    package var maxFileBytes: Int
    /// Bytes of the JSON header; parsing takes some multiple of it in memory.
    package var maxHeaderBytes: Int
    package var maxTensors: Int
    /// UTF-8 bytes of a tensor's name, or of a key of the metadata.
    package var maxNameBytes: Int
    /// Dimensions of a tensor. NumPy has at most 64.
    package var maxRank: Int

    package init(
        maxFileBytes: Int = 64 << 30,
        maxHeaderBytes: Int = 8 << 20,
        maxTensors: Int = 65_536,
        maxNameBytes: Int = 1024,
        maxRank: Int = 32
    ) {
        self.maxFileBytes = maxFileBytes
        self.maxHeaderBytes = maxHeaderBytes
        self.maxTensors = maxTensors
        self.maxNameBytes = maxNameBytes
        self.maxRank = maxRank
    }

    package static let standard = SafetensorsLimits()
}
