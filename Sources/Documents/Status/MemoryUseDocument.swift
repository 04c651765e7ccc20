/// What one use of Redis takes of its memory: `status --memory`.
public struct MemoryUseDocument: Encodable, Sendable {
    let use: String
    let bytes: Int
    let estimated = true
    let bound: String

    /// - Parameters:
    ///   - use: `jobs`, `history`, `dead`, `schedule`, `cache` or `other`.
    ///   - bound: what keeps it from growing for ever, in words.
    public init(use: String, bytes: Int, bound: String) {
        self.use = use
        self.bytes = bytes
        self.bound = bound
    }

    enum CodingKeys: String, CodingKey { case use, bytes, estimated, bound }
}
