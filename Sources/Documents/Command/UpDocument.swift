/// What was started: `up`, once the fleet is up.
public struct UpDocument: Encodable, Sendable {
    let redis, database, schedule: String
    let entries: Int
    let pools: [Pool]
    let exchange: String
    @OrNull var api: String?
    let isRebalanceConfirmed: Bool

    /// - Parameters:
    ///   - redis: the address without its password.
    ///   - schedule: the path of the schedule file, with `entries` entries.
    ///   - api: the address of the HTTP API; nil when it is off.
    public init(
        redis: String, database: String, schedule: String, entries: Int, pools: [Pool], exchange: String,
        api: String?, isRebalanceConfirmed: Bool
    ) {
        self.redis = redis
        self.database = database
        self.schedule = schedule
        self.entries = entries
        self.pools = pools
        self.exchange = exchange
        self.api = api
        self.isRebalanceConfirmed = isRebalanceConfirmed
    }

    enum CodingKeys: String, CodingKey {
        case redis, database, schedule, entries, pools, exchange, api
        case isRebalanceConfirmed = "rebalance_confirmed"
    }

    /// A pool of the schedule file.
    public struct Pool: Encodable, Sendable {
        let name: String
        let processes, concurrency: Int

        /// - Parameter concurrency: the slots of each process.
        public init(name: String, processes: Int, concurrency: Int) {
            self.name = name
            self.processes = processes
            self.concurrency = concurrency
        }
    }
}
