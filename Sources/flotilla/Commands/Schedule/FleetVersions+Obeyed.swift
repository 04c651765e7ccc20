import JobQueue
import Operations

extension FleetVersions {
    /// Waits until every worker uses the active version, at most 10 s.
    static func obeyed(_ version: Int, _ broker: Broker) async throws -> FleetVersions {
        let clock = ContinuousClock()
        let begun = clock.now
        let deadline = begun + .seconds(10)
        var word = WaitingWord(silence: .seconds(2))
        while true {
            let fleet = try await FleetVersions(nil, broker)
            let waited = begun.duration(to: clock.now)
            if !fleet.others.isEmpty, word.isDue(after: waited) {
                word.say("waiting until all workers go by it: \(fleet.obedience)", about: [], waited)
            }
            // A newer version ends the wait as well.
            if fleet.others.isEmpty || fleet.active?.number != version || clock.now >= deadline { return fleet }
            try await clock.sleep(for: .milliseconds(100))
        }
    }
}
