import Testing

@testable import JobQueue
@testable import Operations

/// Who lags behind the active version, and which pools lack workers.
@Suite struct FleetVersionsTests {
    private func worker(_ name: String, version: Int, started: Int64 = 0, state: String = "running") -> WorkerReport {
        WorkerReport(
            id: WorkerID(unchecked: name), host: "h", pid: 1, pool: "all", state: state, queues: ["q"], slots: 1,
            running: 0, rssBytes: 1, startedMilliseconds: started, heartbeatMilliseconds: 0, version: version)
    }

    private func fleet(
        _ workers: [WorkerReport], version: Int? = 2, desired: Int = 1, losses: [String: Int64] = [:], at now: Int64
    ) -> FleetVersions {
        let active = version.map { ScheduleStamp(number: $0, storedMilliseconds: 10_000) }
        return FleetVersions(
            active: active, workers: workers,
            pools: [WorkerPool(name: "all", processes: desired)], losses: losses, now: now)
    }

    @Test func `who goes by another version lags behind after five seconds`() {
        let workers = [
            worker("old", version: 1), worker("new", version: 2), worker("young", version: 1, started: 12_000),
            worker("leaving", version: 1, state: "draining"), worker("own-file", version: 0),
        ]
        #expect(fleet(workers, at: 15_000).lagging.isEmpty)
        #expect(fleet(workers, at: 15_001).lagging.map(\.id.description) == ["old", "own-file"])
        #expect(fleet(workers, at: 18_000).lagging.count == 3)
        #expect(fleet(workers, at: 15_000).others.count == 3)
        #expect(
            fleet(workers, at: 15_001).lag
                == "2 of 5 workers do not go by schedule version 2: old (version 1), own-file (no version)")
        // A newer number than the active one is another version as well.
        #expect(fleet([worker("ahead", version: 9)], at: 99_000).lagging.count == 1)
        #expect(fleet(workers, version: nil, at: 99_000).lag == nil)
    }

    @Test func `a pool lacks workers when none comes in the place of one that is gone`() {
        let workers = [worker("one", version: 2), worker("two", version: 2)]
        #expect(fleet(workers, desired: 2, at: 99_000).short.isEmpty)
        #expect(fleet(workers, desired: 3, at: 30_000).short.isEmpty)
        #expect(fleet(workers, desired: 3, at: 30_001).shortage == "pools lack workers: all runs 2 of 3")
        #expect(fleet(workers, desired: 3, losses: ["all": 80_000], at: 99_000).short.isEmpty)
        #expect(fleet(workers, desired: 3, losses: ["other": 80_000], at: 99_000).short.count == 1)
        // A fleet that has just started is given the time.
        let young = [worker("one", version: 2, started: 90_000)]
        #expect(fleet(young, desired: 3, at: 99_000).short.isEmpty)
        #expect(fleet([], desired: 3, at: 99_000).short.isEmpty)
    }
}
