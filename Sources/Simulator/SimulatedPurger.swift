import JobQueue

/// Removes what schedulers enqueue, where no worker is there to run it.
struct SimulatedPurger: Sendable {
    let fleet: SimulatedFleet

    func run() async {
        let broker = fleet.broker()
        while await fleet.stage.sleep(for: 20_000) {
            for queue in fleet.queues { _ = try? await broker.purge(queue) }
        }
    }
}
