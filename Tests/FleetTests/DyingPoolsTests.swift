import Testing

@testable import Fleet

/// A host gives away the share of a pool that it cannot run.
@Suite struct DyingPoolsTests {
    private func worker(_ pool: String, uptime: Int = 0, dies: Bool = true) -> WorkerStatus {
        WorkerStatus(
            name: pool + "-1", pool: pool, processID: nil, state: uptime == 0 ? .waiting : .running,
            uptime: .seconds(uptime), restarts: 0, lastExit: nil, isCrashLoop: dies)
    }

    private func names(_ pools: DyingPools, _ second: Int) -> [String] { pools.names(at: .seconds(second)) }

    @Test func `a pool is given away for a minute, then for twice as long, up to half an hour`() {
        var pools = DyingPools()
        var now = 0
        for length in [60, 120, 240, 480, 960, 1_800, 1_800] {
            pools.note([worker("market"), worker("market")], at: .seconds(now))
            #expect(names(pools, now) == ["market"])
            #expect(names(pools, now + length - 1) == ["market"])
            // It is tried again, and no spell begins before its processes have died again.
            #expect(names(pools, now + length).isEmpty)
            pools.note([worker("market", uptime: 3, dies: false)], at: .seconds(now + length))
            #expect(names(pools, now + length).isEmpty)
            now += length + 5
        }
    }

    @Test func `one process that stays up shows that the pool runs here`() {
        var pools = DyingPools()
        pools.note([worker("market"), worker("market", uptime: 2, dies: false), worker("other")], at: .zero)
        #expect(names(pools, 0) == ["other"])
        pools.note([worker("other", uptime: 10)], at: .seconds(1))
        #expect(names(pools, 1).isEmpty)
        // What was counted before is forgotten.
        pools.note([worker("other")], at: .seconds(2))
        #expect(names(pools, 61) == ["other"] && names(pools, 62).isEmpty)
    }

    @Test func `a death in a spell does not make it longer`() {
        var pools = DyingPools()
        for second in [0, 20, 59] { pools.note([worker("market")], at: .seconds(second)) }
        #expect(names(pools, 59) == ["market"] && names(pools, 60).isEmpty)
    }
}
