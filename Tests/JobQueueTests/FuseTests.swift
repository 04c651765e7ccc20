import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Fuses through their store, and what they cost.
@Suite struct FuseTests {
    private func bench() async throws -> QueueBench { try await QueueBench() }

    private func store(_ bench: QueueBench, _ action: String? = nil) -> FuseStore {
        FuseStore(broker: action.map { bench.broker.noting(OperatorNote(by: "ann@host", $0, "k")) } ?? bench.broker)
    }

    @Test func `a fuse stands in all its queues, and each change is in the log`() async throws {
        let bench = try await bench()
        let other = try QueueName("other")
        let fuse = try await store(bench, "fuse.add").add(
            kind: try JobKind("k"), match: ["a": "1"], for: .seconds(60), reason: "r\n", by: "ann@host",
            to: [bench.queue, other])
        let listed = try await store(bench).fuses(of: [bench.queue, other])
        #expect(listed.map(\.fuse) == [fuse] && listed[0].queues == [bench.queue, other])
        #expect(fuse.reason == "r\\u{a}" && fuse.until - fuse.since == 60_000)
        #expect(try await store(bench, "fuse.remove").remove(fuse.id, from: [other]) == [other])
        #expect(try await store(bench).fuses(of: [bench.queue, other]).map(\.queues) == [[bench.queue]])
        #expect(try await store(bench).remove("none", from: [other]).isEmpty)
        let log = try await OperatorLog(broker: bench.broker).entries(limit: 10)
        #expect(log.map(\.action).sorted() == ["fuse.add", "fuse.add", "fuse.remove"])
        #expect(log.filter { $0.action == "fuse.add" }.allSatisfy { $0.before == "null" && $0.after.contains("kind") })
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
    }

    @Test func `what was done to a fuse is taken back, and done again`() async throws {
        let bench = try await bench()
        let fuse = try await store(bench, "fuse.add").add(
            kind: try JobKind("k"), match: ["a": "1"], for: .seconds(60), reason: "r", by: "ann", to: [bench.queue])
        // Added, taken back, done again; then removed and put back.
        for (isThere, action) in [(false, "undo fuse.add"), (true, "redo fuse.add")] {
            #expect(try await takeBack(bench, action) == .restored(1))
            #expect(try await store(bench).fuses(of: [bench.queue]).map(\.fuse) == (isThere ? [fuse] : []))
        }
        _ = try await store(bench, "fuse.remove").remove(fuse.id, from: [bench.queue])
        #expect(try await takeBack(bench, "undo fuse.remove") == .restored(1))
        #expect(try await store(bench).fuses(of: [bench.queue]).map(\.fuse) == [fuse])
        // What has moved on is told.
        let entry = try #require(try await OperatorLog(broker: bench.broker).entries(limit: 9).last)
        _ = try await store(bench).remove(fuse.id, from: [bench.queue])
        guard case .moved = try await FuseStore(broker: bench.broker).takeBack(entry, in: bench.queue) else {
            Issue.record("a fuse that is gone was taken back")
            return
        }
    }

    private func takeBack(_ bench: QueueBench, _ action: String) async throws -> RestoreAnswer? {
        let entry = try #require(try await OperatorLog(broker: bench.broker).entries(limit: 1).first)
        let note = OperatorNote(by: "ann@host", action, entry.target, undoes: entry.id)
        return try await FuseStore(broker: bench.broker.noting(note)).takeBack(entry, in: bench.queue)
    }

    @Test func `parked jobs are counted, listed and explained, and come back`() async throws {
        let bench = try await bench()
        let fuse = try await store(bench).add(
            kind: try JobKind("k"), match: [:], for: .seconds(60), reason: "", by: "ann", to: [bench.queue])
        try await bench.broker.enqueue(try (0..<3).map { try bench.job("j\($0)") })
        #expect(try await bench.fetch(3).isEmpty)
        let counts = try await bench.counts()
        #expect(counts.parked == 3 && counts.ready == 0 && counts.waiting == 0)
        let listed = try await bench.inspector.jobs(in: bench.queue, state: .parked, limit: 10)
        #expect(listed.map(\.parkReason) == Array(repeating: .fuse(fuse.id), count: 3))
        #expect(listed.allSatisfy { $0.state == .parked && $0.envelope.attempts == 0 })
        #expect(try await bench.inspector.backlog(of: bench.queue).parked.map(\.count) == [3])
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
        #expect(try await bench.broker.maintenance.releaseFused(in: bench.queue) == 0)
        _ = try await store(bench).remove(fuse.id, from: [bench.queue])
        #expect(try await bench.broker.maintenance.withFuses([bench.queue, try QueueName("x")]) == [bench.queue])
        #expect(try await bench.broker.maintenance.releaseFused(in: bench.queue) == 3)
        #expect(try await bench.fetch(3).map(\.id.description) == ["j0", "j1", "j2"])
        #expect(try await bench.broker.maintenance.withFuses([bench.queue]).isEmpty)
    }

    @Test(arguments: [Duration.milliseconds(999), .seconds(367 * 86_400)])
    func `a fuse of no length that makes sense is refused`(_ length: Duration) async throws {
        let bench = try await bench()
        await #expect(throws: JobQueueError.self) {
            _ = try await store(bench).add(
                kind: try JobKind("k"), match: [:], for: length, reason: "", by: "ann", to: [bench.queue])
        }
        #expect(try await store(bench).fuses(of: [bench.queue]).isEmpty)
    }

    /// Microseconds that Redis itself spends on fetching a batch of jobs.
    private func cost(_ bench: QueueBench, batch: Int, of jobs: Int) async throws -> Double {
        try await bench.broker.enqueue(try (0..<jobs).map { _ in try bench.job() })
        _ = try await bench.redis.send(["CONFIG", "RESETSTAT"])
        for _ in 0..<jobs / batch { _ = try await bench.fetch(batch) }
        let text = try await bench.redis.send(["INFO", "commandstats"]).string()
        let line = try #require(text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:") })
        let spent = try #require(line.split(separator: ",").first { $0.hasPrefix("usec=") }?.dropFirst(5))
        _ = try await bench.redis.send(["DEL", .text(bench.keys.running(bench.w1))])
        return try #require(Double(spent)) / Double(jobs / batch)
    }

    /// One process of its own, so that nothing but these fetches is counted. The middle of many rounds is compared,
    /// since other processes disturb some of them.
    @Test(arguments: [1, 64]) func `twenty fuses of other kinds cost a fetch little`(_ batch: Int) async throws {
        let server = try await TemporaryRedis.start(.init())
        let bench = try await QueueBench(redis: server.client())
        var (without, with): ([Double], [Double]) = ([], [])
        for _ in 0..<15 {
            without.append(try await cost(bench, batch: batch, of: batch * 200))
            var ids: [String] = []
            for number in 0..<20 {
                ids.append(
                    try await store(bench).add(
                        kind: try JobKind("other-\(number)"), match: ["product": "SOL-USD"], for: .seconds(60),
                        reason: "a reason", by: "ann@host", to: [bench.queue]
                    ).id)
            }
            with.append(try await cost(bench, batch: batch, of: batch * 200))
            for id in ids { _ = try await store(bench).remove(id, from: [bench.queue]) }
        }
        let ratio = with.sorted()[7] / without.sorted()[7]
        print("fetching \(batch): \(without.sorted()[7]) us without fuses, \(ratio) of it with 20")
        #expect(ratio < 1.2)
        try await server.stop()
    }
}
