import Testing

@testable import JobQueue

@Suite struct ScheduleVersionTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    @Test func `versions are found again, texts and authors as they were`() async throws {
        let broker = bench.broker
        #expect(try await broker.schedules.scheduleNumber() == 0)
        #expect(try await broker.schedules.schedule() == nil)
        let text = "version: 1\n# Größe\t漢字\n"
        #expect(
            try await broker.schedules.storeSchedule(text, by: "ops\tat\nhost", expecting: 0) == .stored(version: 1))
        #expect(try await broker.schedules.storeSchedule("b", by: "x", expecting: 0) == .conflict(newest: 1))
        #expect(try await broker.schedules.storeSchedule("b", by: "x", expecting: 1) == .stored(version: 2))
        #expect(try await broker.schedules.storeSchedule("b", by: "y") == .same(version: 2))
        #expect(try await broker.schedules.scheduleNumber() == 2)
        #expect(try await broker.schedules.schedule()?.text == "b")
        let first = try #require(try await broker.schedules.schedule(version: 1))
        #expect(first.text == text)
        #expect(first.author == "ops at host")
        #expect(try await broker.schedules.schedule(version: 3) == nil)
        #expect(try await broker.schedules.scheduleVersions().map(\.number) == [2, 1])
        #expect(try await broker.schedules.scheduleVersion(of: text) == 1)
        #expect(try await broker.schedules.scheduleVersion(of: "c") == nil)
        #expect(try await broker.schedules.dateSchedule(version: 2, at: 7_000, epoch: 0))
        #expect(try await broker.schedules.schedule()?.storedMilliseconds == 7_000)
        #expect(try await broker.schedules.schedule()?.text == "b")
        #expect(try await QueueAuditor(broker: broker).audit().findings.isEmpty)
    }
}
