public import JobQueue

/// A host of the fleet: `fleet list`.
public struct HostDocument: Encodable, Sendable {
    let id, name: String
    let capacity: Int
    /// Null for every pool.
    @OrNull var pools: [String]?
    let running: [PoolProcessesDocument]
    let steps: [PoolProcessesDocument]
    /// The pools whose processes keep dying there.
    let failing: [String]
    let heartbeatAgeMs: Int64

    /// - Parameter now: unix milliseconds by the clock of Redis.
    public init(_ host: HostReport, now: Int64) {
        id = host.id
        name = host.name
        capacity = host.capacity
        pools = host.pools
        running = Self.list(host.running)
        steps = Self.list(host.steps)
        failing = host.failing ?? []
        heartbeatAgeMs = max(0, now - host.heartbeatMilliseconds)
    }

    private static func list(_ counts: [String: Int]) -> [PoolProcessesDocument] {
        counts.sorted { $0.key < $1.key }.map { PoolProcessesDocument(pool: $0.key, processes: $0.value) }
    }

    enum CodingKeys: String, CodingKey {
        case id, name, capacity, pools, running, steps, failing
        case heartbeatAgeMs = "heartbeat_age_ms"
    }
}

/// The processes of one pool on a host.
public struct PoolProcessesDocument: Encodable, Sendable {
    let pool: String
    let processes: Int
}

/// The processes of a pool on one host.
public struct HostProcessesDocument: Encodable, Sendable {
    let host: String
    let running: Int

    /// - Parameter host: its name, for people.
    public init(host: String, running: Int) {
        self.host = host
        self.running = running
    }
}
