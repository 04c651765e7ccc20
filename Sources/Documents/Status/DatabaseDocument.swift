public import JobQueue

/// The database that a process of the fleet writes to.
public struct DatabaseDocument: Encodable, Sendable {
    let holder, host, path, id: String

    /// Takes what its process has reported.
    public init(_ sighting: LedgerSighting) {
        holder = sighting.holder
        host = sighting.host
        path = sighting.path
        id = sighting.id
    }
}
