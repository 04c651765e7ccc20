/// A unique key or a concurrency key: printable text, used in Redis keys and scripts as it is.
public struct JobKey: Sendable, Hashable, CustomStringConvertible {
    /// 1 to 128 printable ASCII characters without blanks, quotes and backslashes.
    public let description: String

    /// - Parameter what: names the key in the error, such as `unique key`.
    /// - Throws: `JobQueueError.badName` unless it is 1 to 128 printable ASCII characters without blanks, quotes and
    ///   backslashes.
    public init(_ text: String, as what: String) throws(JobQueueError) {
        guard CheckedName.isID(text.utf8) else { throw .badName(what: what, text: text, rule: CheckedName.idRule) }
        description = text
    }
}
