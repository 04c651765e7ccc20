/// One thing that keeps jobs from running: of a queue in `status` and `queues list`, of a job in `jobs show`.
public struct HoldDocument: Encodable, Sendable {
    let cause: String
    @OrNull var name: String?
    let count: Int
    let since, until: DocumentTime
    @OrNull var reason: String?

    /// - Parameters:
    ///   - cause: one word, such as `paused` or `concurrency-key`.
    ///   - name: of the circuit, limit, concurrency key or kind; nil for any other cause.
    ///   - count: how many jobs it holds.
    ///   - since: unix milliseconds; nil when that is not known.
    ///   - until: unix milliseconds; nil when that is not known.
    ///   - reason: given by an operator or a program; empty when none was given, which stands as null.
    public init(cause: String, name: String?, count: Int, since: Int64?, until: Int64?, reason: String) {
        self.cause = cause
        self.name = name
        self.count = count
        self.since = DocumentTime(since)
        self.until = DocumentTime(until)
        self.reason = reason.isEmpty ? nil : reason
    }
}
