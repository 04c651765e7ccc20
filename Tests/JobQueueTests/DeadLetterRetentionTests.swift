import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue

@Suite struct DeadLetterRetentionTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    /// What an export was given; it can fail after having stored.
    private final class Shelf: Sendable {
        struct Full: Error {}
        private let stored = Mutex<[String]>([])
        let failures: Mutex<Int>

        init(failures: Int = 0) { self.failures = Mutex(failures) }

        var ids: [String] { stored.withLock { $0 } }

        func take(_ jobs: [StoredJob]) throws {
            stored.withLock { $0 += jobs.map(\.id.description) }
            let fails = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw Full() }
        }
    }

    private func retention(_ shelf: Shelf) -> DeadLetterRetention {
        DeadLetterRetention(broker: bench.broker) { try shelf.take($0) }
    }

    private func deadLetter(_ ids: String...) async throws {
        try await bench.deadLetter(ids.map { ($0, "it broke") })
        // Times of death that no two share, in the order of the ids.
        let now = try await bench.broker.clock.now()
        for (at, id) in ids.enumerated() { try await bench.date(id, now - Int64(ids.count - at) * 1_000) }
    }

    @Test func `nothing is trimmed unless a limit is given`() async throws {
        try await deadLetter("a", "b")
        let shelf = Shelf()
        #expect(try await retention(shelf).trim(bench.queue, age: nil, count: nil) == TrimReport())
        #expect(shelf.ids.isEmpty)
        #expect(try await bench.deadIDs() == ["b", "a"])
    }

    @Test func `the oldest beyond the count are exported, then discarded and counted`() async throws {
        try await deadLetter("a", "b", "c", "d")
        let shelf = Shelf()
        #expect(try await retention(shelf).excess(in: bench.queue, age: nil, count: 1) == 3)
        let report = try await retention(shelf).trim(bench.queue, age: nil, count: 1)
        #expect(report.exported == 3 && report.discarded == 3 && report.kept == 0)
        #expect(shelf.ids == ["a", "b", "c"])
        #expect(try await bench.deadIDs() == ["d"])
        #expect(try await bench.counter("discarded") == 3)
        #expect(try await retention(shelf).trim(bench.queue, age: nil, count: 1) == TrimReport())
        #expect(shelf.ids.count == 3)
    }

    @Test func `those that died before the age go, whatever the count`() async throws {
        try await deadLetter("a", "b", "c")
        try await bench.date("a", 1_000)
        try await bench.date("b", 2_000)
        let shelf = Shelf()
        #expect(try await retention(shelf).excess(in: bench.queue, age: .seconds(3_600), count: 100) == 2)
        _ = try await retention(shelf).trim(bench.queue, age: .seconds(3_600), count: 100)
        #expect(shelf.ids == ["a", "b"])
        #expect(try await bench.deadIDs() == ["c"])
        _ = try await retention(shelf).trim(bench.queue, age: .zero, count: nil)
        #expect(try await bench.deadIDs().isEmpty)
    }

    @Test func `an export that fails discards nothing`() async throws {
        try await deadLetter("a", "b")
        let shelf = Shelf(failures: 1)
        await #expect(throws: JobQueueError.exportFailed(queue: "q", why: "Full()")) {
            try await retention(shelf).trim(bench.queue, age: nil, count: 0)
        }
        #expect(try await bench.deadIDs() == ["b", "a"])
        #expect(try await bench.counter("discarded") == 0)
    }

    /// What a crash between the export and the removal leaves behind is what a failure after the export does.
    @Test func `a crash between export and removal exports twice and loses nothing`() async throws {
        try await deadLetter("a", "b", "c")
        let shelf = Shelf(failures: 1)
        _ = try? await retention(shelf).trim(bench.queue, age: nil, count: 1)
        #expect(shelf.ids == ["a", "b"])
        #expect(try await bench.dead().count == 3)
        _ = try await retention(shelf).trim(bench.queue, age: nil, count: 1)
        #expect(shelf.ids == ["a", "b", "a", "b"])
        #expect(try await bench.deadIDs() == ["c"])
    }

    @Test func `two that trim at once discard each job once`() async throws {
        try await deadLetter("a", "b", "c", "d", "e")
        let shelf = Shelf()
        let retention = retention(shelf)
        async let first = retention.trim(bench.queue, age: nil, count: 2)
        async let second = retention.trim(bench.queue, age: nil, count: 2)
        let reports = try await [first, second]
        #expect(reports.reduce(0) { $0 + $1.discarded } == 3)
        #expect(Set(shelf.ids) == ["a", "b", "c"])
        #expect(try await bench.deadIDs() == ["e", "d"])
        #expect(try await bench.counter("discarded") == 3)
    }

    @Test func `a job that lives again or has died again meanwhile stays`() async throws {
        try await deadLetter("a", "b", "c")
        let bench = bench
        let retention = DeadLetterRetention(broker: bench.broker) { jobs in
            _ = try await bench.broker.deadLetters.requeueDead(
                jobs.filter { $0.id.description != "c" }, in: bench.queue)
            for job in try await bench.fetch(2) where job.id.description == "b" {
                _ = try await bench.broker.claims.deadLetter(job, because: bench.failure("again"))
            }
        }
        let report = try await retention.trim(bench.queue, age: nil, count: 0)
        #expect(report.exported == 3 && report.discarded == 1)
        #expect(try await bench.dead().map { $0.failure?.message } == ["again"])
        #expect(try await bench.counts().running == 1)
    }

    @Test func `a record that cannot be read stays, and others go past it`() async throws {
        try await deadLetter("a", "b", "c")
        _ = try await bench.redis.send(["HSET", .text(bench.keys.jobs), "a", "2D from the future"])
        let shelf = Shelf()
        let report = try await retention(shelf).trim(bench.queue, age: nil, count: 1)
        #expect(report.kept == 1 && report.discarded == 1)
        #expect(shelf.ids == ["b"])
        #expect(try await bench.counts().dead == 2)
    }

    @Test func `more than one batch goes in one call`() async throws {
        try await bench.deadLetter((0..<600).map { ("job-\($0)", "it broke") })
        let shelf = Shelf()
        let report = try await retention(shelf).trim(bench.queue, age: nil, count: 3)
        #expect(report.discarded == 597 && Set(shelf.ids).count == 597)
        #expect(try await bench.counts().dead == 3)
    }

    @Test func `limits below zero are refused`() async throws {
        await #expect(throws: JobQueueError.self) {
            try await retention(Shelf()).trim(bench.queue, age: nil, count: -1)
        }
        await #expect(throws: JobQueueError.self) {
            try await retention(Shelf()).trim(bench.queue, age: .seconds(-1), count: nil)
        }
    }
}
