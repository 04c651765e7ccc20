/// How many workers each pool should have, and how one of them is started. Values only; starts no process.
public struct FleetPlan: Sendable, Equatable {
    /// Workers that share a command line.
    public struct Pool: Sendable, Equatable {
        /// Not empty, once in a plan; the names of its workers begin with it.
        public var name: String
        /// Desired number of processes, 0 to `FleetPlan.maxProcesses`.
        public var processes: Int
        /// How each of its workers is started; a later plan with another command replaces them.
        public var command: ProcessCommand

        /// Checks nothing; `FleetPlan.init` does.
        public init(name: String, processes: Int, command: ProcessCommand) {
            self.name = name
            self.processes = processes
            self.command = command
        }
    }

    /// Per pool; a larger number is a typing error on any one machine.
    public static let maxProcesses = 512

    /// In the order given; their names differ.
    public let pools: [Pool]

    /// - Throws: `FleetError.invalidPlan` for an empty or repeated name and for a number out of range.
    public init(pools: [Pool]) throws(FleetError) {
        var seen: Set<String> = []
        for pool in pools {
            guard !pool.name.isEmpty else {
                throw .invalidPlan(pool: "", problem: "the name is empty. Give every pool a name.")
            }
            guard seen.insert(pool.name).inserted else {
                throw .invalidPlan(
                    pool: pool.name, problem: "the name is used twice. Give every pool a name of its own.")
            }
            guard (0...Self.maxProcesses).contains(pool.processes) else {
                throw .invalidPlan(
                    pool: pool.name,
                    problem: "\(pool.processes) processes are out of range. Use 0 to \(Self.maxProcesses).")
            }
        }
        self.pools = pools
    }

    /// All planned workers, in the order of the pools.
    ///
    /// Names are stable: `trading-1` is the same place before and after a restart, and scaling down gives up the
    /// highest numbers first. Two pools never yield the same name, since a name ends with its own number.
    public var workers: [PlannedWorker] {
        pools.flatMap { pool in
            (0..<pool.processes).map { index in
                PlannedWorker(name: "\(pool.name)-\(index + 1)", pool: pool.name, command: pool.command)
            }
        }
    }

    /// The changes that turn `running` into `workers`.
    public func changes(from running: [PlannedWorker]) -> FleetChanges {
        let wanted = workers
        let wantedByName = Dictionary(uniqueKeysWithValues: wanted.map { ($0.name, $0) })
        let runningNames = Set(running.map(\.name))
        return FleetChanges(
            start: wanted.filter { !runningNames.contains($0.name) },
            replace: running.compactMap { old in
                guard let new = wantedByName[old.name], new != old else { return nil }
                return new
            },
            drain: running.map(\.name).filter { wantedByName[$0] == nil })
    }
}

/// One place in the fleet, filled by one process at a time.
public struct PlannedWorker: Sendable, Equatable {
    /// Pool and number, `trading-1`.
    public var name: String
    /// The name of its pool.
    public var pool: String
    /// How its process is started.
    public var command: ProcessCommand

    /// Made by `FleetPlan.workers`; tests make their own.
    public init(name: String, pool: String, command: ProcessCommand) {
        self.name = name
        self.pool = pool
        self.command = command
    }
}

/// The difference between a plan and the running workers.
public struct FleetChanges: Sendable, Equatable {
    /// Planned and not running.
    public var start: [PlannedWorker]
    /// Running with another command line: drained and started again.
    public var replace: [PlannedWorker]
    /// Names of workers that are no longer planned.
    public var drain: [String]
}
