/// A host as the share-out sees it.
public struct FleetHost: Sendable, Equatable {
    /// Unique in the fleet, and the same after a restart.
    public let id: String
    /// The host's weight, from 1: one of 4 gets twice the processes of one of 2.
    public let capacity: Int

    /// A capacity below 1 counts as 1, one above a million as a million.
    public init(id: String, capacity: Int) {
        self.id = id
        self.capacity = min(max(capacity, 1), 1_000_000)
    }
}
