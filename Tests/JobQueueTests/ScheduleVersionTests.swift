import Testing

@testable import JobQueue

@Suite struct ScheduleVersionTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    @Test func `versions are found again, texts and authors as they were`() async throws {
        let broker = bench.broker
        #expect(try await broker.scheduleNumber() == 0)
        #expect(try await broker.schedule() == nil)
        let text = "version: 1\n# Größe\t漢字\n"
        #expect(try await broker.storeSchedule(text, by: "ops\tat\nhost", expecting: 0) == .stored(version: 1))
        #expect(try await broker.storeSchedule("b", by: "x", expecting: 0) == .conflict(newest: 1))
        #expect(try await broker.storeSchedule("b", by: "x", expecting: 1) == .stored(version: 2))
        #expect(try await broker.storeSchedule("b", by: "y") == .same(version: 2))
        #expect(try await broker.scheduleNumber() == 2)
        #expect(try await broker.schedule()?.text == "b")
        let first = try #require(try await broker.schedule(version: 1))
        #expect(first.text == text)
        #expect(first.author == "ops at host")
        #expect(try await broker.schedule(version: 3) == nil)
        #expect(try await broker.scheduleVersions().map(\.number) == [2, 1])
        #expect(try await broker.scheduleVersion(of: text) == 1)
        #expect(try await broker.scheduleVersion(of: "c") == nil)
        #expect(try await broker.dateSchedule(version: 2, at: 7_000, epoch: 0))
        #expect(try await broker.schedule()?.storedMilliseconds == 7_000)
        #expect(try await broker.schedule()?.text == "b")
        #expect(try await QueueAuditor(broker: broker).audit().findings.isEmpty)
    }
}
