/// What the supervisor of one host says of itself with each heartbeat.
public struct HostReport: Sendable, Equatable, Codable {
    /// Stable over restarts of the supervisor, unique in the fleet; the share-out goes by it.
    public var id: String
    /// Differs between two supervisors that use the same id.
    public let instance: String
    /// The host's name, for people.
    public let name: String
    /// The host's weight when processes are shared out, from 1; not a limit.
    public let capacity: Int
    /// The pools that the host runs, in the order given; nil for every pool.
    public let pools: [String]?
    /// Its processes that run, by pool; those that drain are left out.
    public var running: [String: Int] = [:]
    /// By how many processes an operator has moved this host away from its share, by pool.
    public var steps: [String: Int] = [:]
    /// The last rolling restart that is done here.
    public var roll = 0
    /// The rolling restart that stopped here, because a replacement did not stay up.
    public var stoppedRoll: Int?
    /// The pools whose processes keep dying here, for a while; nil for none.
    public var failing: [String]?
    /// Unix milliseconds by the clock of Redis; stored beside the JSON text.
    public var heartbeatMilliseconds: Int64 = 0

    enum CodingKeys: String, CodingKey {
        case id, instance, name, capacity, pools, running, steps, roll, failing
        case stoppedRoll = "stopped_roll"
    }

    /// A report of a host that has just started.
    public init(id: String, instance: String, name: String, capacity: Int, pools: [String]?) {
        self.id = id
        self.instance = instance
        self.name = name
        self.capacity = capacity
        self.pools = pools
    }

    /// Whether the host runs processes of a pool.
    public func serves(_ pool: String) -> Bool { pools?.contains(pool) ?? true }

    /// Reads what `heartbeat_host.lua` stored; nil for anything else.
    init?(stored text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let at = Int64(words[0]),
            let report = CompactJSON.value(of: HostReport.self, in: String(words[1]))
        else { return nil }
        self = report
        heartbeatMilliseconds = at
    }
}
