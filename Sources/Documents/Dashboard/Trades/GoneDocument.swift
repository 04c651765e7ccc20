/// Why a route is gone, and what takes its place; the `detail` of a 410.
public struct GoneDocument: Encodable, Sendable {
    let error, message, replacement: String
    let documentation: String?

    /// - Parameters:
    ///   - replacement: the path that answers instead.
    ///   - documentation: nil leaves the field out.
    public init(error: String, message: String, replacement: String, documentation: String? = nil) {
        self.error = error
        self.message = message
        self.replacement = replacement
        self.documentation = documentation
    }
}
