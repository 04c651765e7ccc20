/// What a worker was told: `workers quiet`, `workers resume` and `workers stop`.
public struct WorkerOrderDocument: Encodable, Sendable {
    let id, order: String
    let changed: Bool

    /// - Parameters:
    ///   - order: `quiet`, `run` or `stop`.
    ///   - changed: false when the worker had been told that already.
    public init(id: String, order: String, changed: Bool) {
        self.id = id
        self.order = order
        self.changed = changed
    }
}
