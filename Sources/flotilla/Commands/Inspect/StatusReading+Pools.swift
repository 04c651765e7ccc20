import JobQueue
import Operations

extension StatusReading {
    /// The pools, with the hosts that run them.
    func printPools() {
        guard !fleet.pools.isEmpty else { return }
        print("")
        Terminal.printTable(
            ["POOL", "DESIRED", "RUNNING", "HOSTS"],
            fleet.pools.map { pool in
                [
                    pool.name, "\(pool.processes)", "\(fleet.running(in: pool))", fleet.state.shownHosts(of: pool.name),
                ]
            })
    }
}
