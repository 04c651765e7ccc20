import JobQueue
import ScheduleSupport
import Testing

@testable import ScheduleConfiguration

/// What a file says of the number of processes and of their replacement.
struct PoolScalingTests {
    private func text(_ keys: String) -> String {
        "version: 1\nqueues: { evaluation: }\npools:\n  all: { queues: [evaluation], \(keys) }\n"
    }

    private func pool(_ keys: String) throws -> WorkerPool {
        #expect(problems(text(keys)) == [])
        return try #require(try parsed(text(keys)).pools.first)
    }

    @Test func `autoscale has its numbers, or the usual ones`() throws {
        let full = try pool("processes: 3, autoscale: { min: 2, max: 6, target_wait: 10s, cooldown: 1m }")
        #expect(
            full.autoscale == PoolAutoscale(bounds: 2...6, targetWait: .seconds(10), cooldown: .seconds(60)))
        #expect(full.processes == 3 && full.bounds == 2...6)
        let usual = try pool("autoscale: { max: 4 }")
        #expect(usual.autoscale == PoolAutoscale(bounds: 1...4))
        #expect(usual.processes == 1 && usual.autoscale?.targetWait == .seconds(5))
        #expect(try pool("autoscale: { min: 3, max: 4 }").processes == 3)
        #expect(try pool("autoscale: { min: 0, max: 4 }").processes == 0)
        let none = try pool("autoscale: , recycle: ")
        #expect(none.autoscale == nil && none.bounds == 0...512 && none.recycling == WorkerRecycling())
    }

    @Test func `recycle takes jobs and memory`() throws {
        #expect(try pool("recycle: { jobs: 1000 }").recycling == WorkerRecycling(jobs: 1_000))
        #expect(
            try pool("recycle: { jobs: 1, memory: 512MiB }").recycling
                == WorkerRecycling(jobs: 1, memoryBytes: 512 << 20))
        #expect(try pool("recycle: { memory: 2GiB }").recycling == WorkerRecycling(memoryBytes: 2 << 30))
    }

    @Test(arguments: [
        ("autoscale: { min: 1 }", "4:32: autoscale has no max. Add for example max: 4."),
        ("autoscale: { min: 5, max: 4 }", "4:58: max is 4, and min of autoscale is 5. Use a max of at least min."),
        (
            "autoscale: { max: 0 }",
            "4:50: max takes a whole number from 1 to 512, not the number 0. Write for example max: 1."
        ),
        (
            "processes: 9, autoscale: { max: 4 }",
            "4:43: processes is 9, outside of autoscale. Use 1 to 4, or remove processes."
        ),
        (
            "autoscale: { max: 4, wait: 5s }",
            "4:53: autoscale has no key 'wait'. Use one of: cooldown, max, min, target_wait."
        ),
        (
            "recycle: { memory: 512 }",
            "4:51: memory takes MiB or GiB, from 64MiB to 9999GiB, not the number 512. "
                + "Write for example memory: 512MiB."
        ),
        (
            "recycle: { memory: 8MiB }",
            "4:51: memory takes MiB or GiB, from 64MiB to 9999GiB, not '8MiB'. Write for example memory: 512MiB."
        ),
        (
            "recycle: { jobs: 0 }",
            "4:49: jobs takes a whole number from 1 to 1000000000, not the number 0. Write for example jobs: 1."
        ),
    ])
    func `what cannot be is refused with its place and what would be right`(_ keys: String, _ sentence: String) {
        #expect(problems(text(keys)) == [sentence])
    }
}
