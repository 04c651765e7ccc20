/// Why something was not done: what every command prints with `--json` when it fails.
public struct ErrorDocument: Encodable, Sendable {
    let error: Failure

    /// - Parameters:
    ///   - type: one word, such as `not-found`.
    ///   - message: what is wrong.
    ///   - remedy: what to do.
    public init(type: String, message: String, remedy: String) {
        error = Failure(type: type, message: message, remedy: remedy)
    }

    struct Failure: Encodable, Sendable { let type, message, remedy: String }
}
