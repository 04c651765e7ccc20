import JobQueue
import Testing

@testable import Operations

/// When a pool grows and shrinks by itself.
struct PoolAutoscalerTests {
    private let rules = PoolAutoscale(bounds: 1...8, targetWait: .seconds(5), cooldown: .seconds(60))

    private func load(_ processes: Int, wait: Int64 = 0, running: Int = 0, feedable: Int? = nil) -> PoolLoad {
        PoolLoad(
            processes: processes, oldestWaitMilliseconds: wait, running: running, concurrency: 4, feedable: feedable)
    }

    @Test func `two looks with a job that has waited too long add half as many again`() {
        var scaler = PoolAutoscaler()
        #expect(scaler.processes(for: load(4, wait: 5_001, running: 16), by: rules, at: 0) == 4)
        #expect(scaler.processes(for: load(4, wait: 7_000, running: 16), by: rules, at: 2_000) == 6)
        #expect(scaler.processes(for: load(6, wait: 8_000, running: 24), by: rules, at: 4_000) == 6)
        #expect(scaler.processes(for: load(6, wait: 9_000, running: 24), by: rules, at: 6_000) == 8)
        for now in stride(from: Int64(8_000), to: 60_000, by: 2_000) {
            #expect(scaler.processes(for: load(8, wait: 60_000, running: 32), by: rules, at: now) == 8)
        }
    }

    @Test func `one slow moment changes nothing`() {
        var scaler = PoolAutoscaler()
        for now in stride(from: Int64(0), to: 100_000, by: 4_000) {
            #expect(scaler.processes(for: load(2, wait: 9_000, running: 8), by: rules, at: now) == 2)
            #expect(scaler.processes(for: load(2, wait: 4_000, running: 8), by: rules, at: now + 2_000) == 2)
        }
    }

    @Test func `one goes after each cooldown with too little to do, and the least stay`() {
        var scaler = PoolAutoscaler()
        var (processes, changes) = (4, [Int64]())
        for now in stride(from: Int64(0), through: 400_000, by: 2_000) {
            let next = scaler.processes(for: load(processes), by: rules, at: now)
            if next != processes { changes.append(now) }
            processes = next
        }
        #expect(processes == 1 && changes == [60_000, 120_000, 180_000])
    }

    @Test func `a pool that has just grown does not shrink within a cooldown`() {
        var scaler = PoolAutoscaler()
        _ = scaler.processes(for: load(1, wait: 6_000), by: rules, at: 0)
        #expect(scaler.processes(for: load(1, wait: 6_000), by: rules, at: 2_000) == 2)
        #expect(scaler.processes(for: load(2), by: rules, at: 4_000) == 2)
        #expect(scaler.processes(for: load(2), by: rules, at: 62_000) == 2)
        #expect(scaler.processes(for: load(2), by: rules, at: 64_000) == 1)
    }

    @Test func `a busy pool keeps its processes`() {
        var scaler = PoolAutoscaler()
        for now in stride(from: Int64(0), to: 300_000, by: 2_000) {
            #expect(scaler.processes(for: load(4, running: 8), by: rules, at: now) == 4)
        }
    }

    @Test func `no pool grows past what its limit can feed, nor out of its bounds`() {
        var scaler = PoolAutoscaler()
        _ = scaler.processes(for: load(2, wait: 9_000, feedable: 3), by: rules, at: 0)
        #expect(scaler.processes(for: load(2, wait: 9_000, feedable: 3), by: rules, at: 2_000) == 3)
        for now in stride(from: Int64(4_000), to: 200_000, by: 2_000) {
            #expect(scaler.processes(for: load(3, wait: 9_000, running: 12, feedable: 3), by: rules, at: now) == 3)
        }
        var other = PoolAutoscaler()
        #expect(other.processes(for: load(20), by: rules, at: 0) == 8)
        #expect(other.processes(for: load(0), by: rules, at: 0) == 1)
    }
}
