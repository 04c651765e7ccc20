import ArgumentParser
import Documents
import JobQueue
import Operations
import ScheduleConfiguration

struct ScaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale",
        abstract: "How many processes each pool has in the whole fleet, shared out over its hosts: show it, or set it."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "POOL=N, such as trading=8, or POOL=default for the number in the schedule; none to show all.")
    var pools: [String] = []
    @Option(help: "Why, for the operator log.") var reason = ""
    @OptionGroup var consent: ConfirmationOptions

    func run() async throws {
        let composition = try Composition(common)
        let wishes = try ScaleWish.read(pools)
        try await composition.withBroker { broker in
            let file = try await composition.activeSchedule(broker)
            let before = try await ScaleReading(file.pools, broker)
            var changes: [FleetStore.PoolChange] = []
            for wish in wishes { changes.append(try wish.change(among: file.pools, before.state)) }
            if changes.isEmpty || consent.dryRun {
                return show(before.after(changes), before.state, changes)
            }
            let orphans = before.withoutHost(changes)
            if !orphans.isEmpty {
                try consent.demand(
                    "No host is there to run \(orphans.joined(separator: ", ")): start 'flotilla fleet' on one. "
                        + "Set the number for hosts that come?")
            }
            if case .conflict(let pool, let number) = try await FleetOperator.here(broker).scale(changes, why: reason) {
                throw ScaleError.changed(pool: pool, processes: number)
            }
            show(try await ScaleReading(file.pools, broker), before.state, changes)
        }
    }

    private func show(_ reading: ScaleReading, _ before: FleetState, _ changes: [FleetStore.PoolChange]) {
        let names = changes.map(\.pool)
        if consent.json { return Terminal.printDocument(reading.documents(names, before: before)) }
        guard !changes.isEmpty else { return reading.printTable() }
        for pool in reading.pools where names.contains(pool.name) {
            let (old, new) = (before.processes(of: pool), reading.state.processes(of: pool))
            let hosts = reading.state.hosts(of: pool.name).map(\.name)
            let place = hosts.isEmpty ? "no host yet" : hosts.joined(separator: ", ")
            let verb = consent.dryRun ? "would have" : "has"
            let number = new == 1 ? "1 process" : "\(new) processes"
            print("\(pool.name) \(verb) \(number), shared out over \(place); before: \(old)")
        }
    }
}

extension ScaleReading {
    fileprivate func printTable() {
        Terminal.printTable(
            ["POOL", "DESIRED", "RUNNING", "SCHEDULE", "BOUNDS", "SET BY", "HOSTS"],
            pools.map { pool in
                [
                    pool.name, "\(state.processes(of: pool))", "\(running(pool))", "\(pool.processes)",
                    "\(pool.bounds.lowerBound)-\(pool.bounds.upperBound)", setBy(pool), state.shownHosts(of: pool.name),
                ]
            })
    }
}

extension FleetState {
    /// The hosts of a pool with what runs there, as a cell of a table.
    func shownHosts(of pool: String) -> String {
        let hosts = hosts(of: pool).map { "\($0.name) \($0.running[pool] ?? 0)" }
        return hosts.isEmpty ? "-" : hosts.joined(separator: ", ")
    }
}
