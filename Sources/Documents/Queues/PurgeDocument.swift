/// How many jobs of a queue were removed: `queues purge`.
public struct PurgeDocument: Encodable, Sendable {
    let waiting, purged: Int

    /// - Parameters:
    ///   - waiting: jobs that waited before.
    ///   - purged: those that were removed; 0 for a dry run.
    public init(waiting: Int, purged: Int) {
        self.waiting = waiting
        self.purged = purged
    }
}
