import JobQueue
import Redis
import ScheduleConfiguration
import Testing

@testable import Scheduler

/// What each kind of edit does to a tick that is about to come, is due, or has just passed unseen.
struct ScheduleEditTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let edit: String
        var before = "{ a: { job: evaluation, every: 1m, overlap: allow } }"
        let after: String
        /// Jobs in the end, when the edit is seen a millisecond before the tick. `T` is the tick, `U` a minute later.
        let early: [String]
        /// The same when it is seen with the tick, or after it.
        let late: [String]
        var testDescription: String { edit }
    }

    private static let plain = "job: evaluation, every: 1m, overlap: allow"

    static let cases = [
        Case(
            edit: "a label", after: "{ a: { \(plain), description: other } }", early: ["a@T", "a@U"],
            late: ["a@T", "a@U"]),
        Case(
            edit: "the order", before: "{ a: { \(plain) }, b: { \(plain) } }",
            after: "{ b: { \(plain) }, a: { \(plain) } }", early: ["a@T", "a@U", "b@T", "b@U"],
            late: ["a@T", "a@U", "b@T", "b@U"]),
        Case(
            edit: "a longer interval", after: "{ a: { job: evaluation, every: 5m, overlap: allow } }", early: ["a@T"],
            late: ["a@T"]),
        Case(
            edit: "a shorter interval", after: "{ a: { job: evaluation, every: 30s, overlap: allow } }",
            early: ["a@T", "a@T+30", "a@U"], late: ["a@T", "a@T+30", "a@U"]),
        Case(
            edit: "an interval that becomes cron",
            after: "{ a: { job: evaluation, cron: \"0 12 * * *\", overlap: allow } }",
            early: ["a@T"], late: ["a@T"]),
        Case(
            edit: "an offset", after: "{ a: { job: evaluation, every: 1m, offset: 10s, overlap: allow } }",
            early: ["a@T+10"], late: ["a@T", "a@T+10"]),
        Case(
            edit: "a zone", before: "{ a: { job: evaluation, cron: \"0 12 * * *\", overlap: allow } }",
            after: "{ a: { job: evaluation, cron: \"0 12 * * *\", timezone: Asia/Kolkata, overlap: allow } }",
            early: [], late: ["a@T"]),
        Case(
            edit: "a spread", after: "{ a: { \(plain), spread: 10s } }", early: ["a@T", "a@U"], late: ["a@T", "a@U"]),
        Case(
            edit: "deletion", before: "{ a: { \(plain) }, b: { \(plain) } }", after: "{ b: { \(plain) } }",
            early: ["b@T", "b@U"], late: ["a@T", "b@T", "b@U"]),
        Case(edit: "disabling", after: "{ a: { \(plain), enabled: false } }", early: [], late: ["a@T"]),
        Case(
            edit: "enabling", before: "{ a: { \(plain), enabled: false } }", after: "{ a: { \(plain) } }",
            early: ["a@T", "a@U"], late: ["a@U"]),
        Case(
            edit: "a new entry", before: "{ a: { \(plain) } }", after: "{ a: { \(plain) }, b: { \(plain) } }",
            early: ["a@T", "a@U", "b@T", "b@U"], late: ["a@T", "a@U", "b@U"]),
        Case(
            edit: "a new name that says so", after: "{ b: { \(plain), was: a } }", early: ["b@T", "b@U"],
            late: ["a@T", "b@U"]),
        Case(
            edit: "a new name that does not", after: "{ b: { \(plain) } }", early: ["b@T", "b@U"],
            late: ["a@T", "b@U"]),
        Case(
            edit: "a first day that is to come", after: "{ a: { \(plain), start: 2026-11-24 } }", early: [],
            late: ["a@T"]),
        Case(
            edit: "other entities", before: "{ a: { \(plain), for_each: [x, y] } }",
            after: "{ a: { \(plain), for_each: [y, z] } }", early: ["a@T#y", "a@T#z", "a@U#y", "a@U#z"],
            late: ["a@T#x", "a@T#y", "a@U#y", "a@U#z"]),
    ]

    @Test(arguments: cases, [Int64(-1), 0, 1])
    func `nothing fires merely because of an edit, and what is due is sent once`(
        _ example: Case, _ seen: Int64
    ) async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        var hand = try ScheduleDesk.Hand(desk, example.before)
        await hand.turn(at: noon - 30_000)
        try hand.save(example.after)
        for time in [noon + seen, noon + 2, noon + 10_001, noon + 30_001, noon + 60_001] {
            await hand.turn(at: time)
            await hand.turn(at: time)
        }
        let names = [(noon, "T"), (noon + 10_000, "T+10"), (noon + 30_000, "T+30"), (noon + 60_000, "U")]
        let jobs = try await desk.jobs().map { id in
            names.reduce(id) { $0.replacing("@\($1.0)", with: "@\($1.1)") }
        }
        #expect(jobs.sorted() == (seen < 0 ? example.early : example.late))
        #expect(hand.version == 2)
        try await desk.close()
    }

    @Test func `an edit loses no tick of many entries that catch up`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        // More than one plan makes up for.
        let names = (1...45).map { "e\($0)" }
        func text(_ every: String) -> String {
            "{ " + names.map { "\($0): { job: evaluation, every: \(every), overlap: allow }" }.joined(separator: ", ")
                + " }"
        }
        var hand = try ScheduleDesk.Hand(desk, text("1m"))
        await hand.turn(at: noon - 30_000)
        try hand.save(text("5m"))
        await hand.turn(at: noon + 10 * 60_000 + 10_000)
        for name in names {
            let history = try await desk.history(name).reversed()
            #expect(history.map(\.first) == [noon, noon + 10 * 60_000], "\(name)")
            #expect(history.map(\.count) == [10, 1], "\(name)")
        }
        try await desk.close()
    }

    @Test func `ticks that wait for their source are recorded when an edit ends their rule`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        var hand = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m, for_each: running_bots } }")
        await hand.turn(at: noon - 30_000)
        desk.bots.set(nil)
        await hand.turn(at: noon + 60_000)
        try hand.save("{ a: { job: evaluation, every: 5m, for_each: running_bots } }")
        await hand.turn(at: noon + 61_000)
        let history = try await desk.history("a").reversed()
        #expect(history.map(\.nominal) == [noon, noon + 60_000])
        #expect(history.last?.outcome == .sourceUnavailable)
        desk.bots.set(["1"])
        await hand.turn(at: noon + 300_001)
        #expect(try await desk.jobs() == ["a@\(noon + 300_000)#1"])
        try await desk.close()
    }

    @Test func `arguments and queue change with the next tick, and jobs in line keep theirs`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        var hand = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain), args: { n: 1 } } }")
        await hand.turn(at: noon - 30_000)
        await hand.turn(at: noon + 1)
        try hand.save("{ a: { \(Self.plain), args: { n: 2 }, queue: evaluation } }")
        await hand.turn(at: noon + 30_000)
        await hand.turn(at: noon + 60_001)
        let inspector = QueueInspector(broker: desk.broker)
        for (nominal, payload) in [(noon, #"{"n":1}"#), (noon + 60_000, #"{"n":2}"#)] {
            let job = try #require(try await inspector.job(try JobID("a@\(nominal)")))
            #expect(String(decoding: job.envelope.payload, as: UTF8.self) == payload)
        }
        try await desk.close()
    }

    @Test func `a renamed entry keeps its history and its pause`() async throws {
        let desk = try await ScheduleDesk()
        let (noon, queue) = (ScheduleDesk.noon, try QueueName("evaluation"))
        var hand = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }")
        await hand.turn(at: noon - 30_000)
        await hand.turn(at: noon + 1)
        try await desk.broker.schedules.pauseEntry("a", in: queue, for: nil, by: "me", reason: "audit")
        try hand.save("{ b: { \(Self.plain), renamed_from: a } }")
        await hand.turn(at: noon + 30_000)
        await hand.turn(at: noon + 60_001)
        #expect(try await desk.history("b").map(\.outcome) == [.skipped, .enqueued])
        #expect(try await desk.history("b").first?.detail == "audit")
        #expect(try await desk.history("a").isEmpty)
        #expect(try await desk.broker.schedules.entryPauses(in: queue).map(\.name) == ["b"])
        try await desk.close()
    }

    @Test func `a leader that dies between an edit and its taking leaves the edit to the next`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        var first = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }")
        await first.turn(at: noon - 30_000)
        await first.turn(at: noon - 29_000)
        var second = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }", name: "s2")
        await second.turn(at: noon - 28_900)
        desk.set(noon - 28_000)
        // Somebody puts a active version; the leader is dead before it looks.
        let text = ServiceFile.text("{ a: { job: evaluation, every: 1m, offset: 10s, overlap: allow } }")
        #expect(try await desk.broker.schedules.storeSchedule(text, by: "ops", expecting: 1) == .stored(version: 2))
        await second.turn(at: noon + 5_000)
        #expect(second.leads && second.version == 2)
        // Due under the old rule, and sent under it; then the new one.
        await second.turn(at: noon + 10_001)
        #expect(try await desk.jobs() == ["a@\(noon)", "a@\(noon + 10_000)"])
        try await desk.close()
    }

    @Test func `what a leader began before it died goes on, though another version is active`() async throws {
        let desk = try await ScheduleDesk()
        let (noon, queue) = (ScheduleDesk.noon, try QueueName("evaluation"))
        var first = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }")
        await first.turn(at: noon - 30_000)
        await first.turn(at: noon - 29_000)
        desk.set(noon - 28_000)
        let two = ServiceFile.text("{ a: { \(Self.plain) }, b: { \(Self.plain) } }")
        #expect(try await desk.broker.schedules.storeSchedule(two, by: "ops", expecting: 1) == .stored(version: 2))
        // The leader begins the new entry, and dies before it reports the version.
        _ = try await desk.broker.schedules.setLastRun(of: "b", in: queue, at: noon - 28_000, epoch: 1, version: 2)
        desk.set(noon - 27_000)
        let three = ServiceFile.text("{ a: { \(Self.plain) }, b: { \(Self.plain) }, c: { \(Self.plain) } }")
        #expect(try await desk.broker.schedules.storeSchedule(three, by: "ops", expecting: 2) == .stored(version: 3))
        var second = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }", name: "s2")
        await second.turn(at: noon + 4_000)
        await second.turn(at: noon + 4_100)
        #expect(second.leads && second.version == 3)
        #expect(try await desk.jobs() == ["a@\(noon)", "b@\(noon)"])
        try await desk.close()
    }

    @Test func `a active text that cannot be read here changes nothing`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        var hand = try ScheduleDesk.Hand(desk, "{ a: { \(Self.plain) } }")
        await hand.turn(at: noon - 30_000)
        desk.set(noon - 20_000)
        _ = try await desk.broker.schedules.storeSchedule("schedules: [", by: "ops")
        for time in [noon - 1, noon + 1, noon + 60_001] { await hand.turn(at: time) }
        #expect(hand.version == 1)
        #expect(try await desk.jobs() == ["a@\(noon)", "a@\(noon + 60_000)"])
        try await desk.close()
    }

    @Test func `a scheduler that joins others with an earlier file does not activate it`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        let (old, new) = ("{ a: { \(Self.plain) } }", "{ b: { \(Self.plain) } }")
        var first = try ScheduleDesk.Hand(desk, old)
        await first.turn(at: noon - 30_000)
        try first.save(new)
        await first.turn(at: noon - 29_000)
        var stale = try ScheduleDesk.Hand(desk, old, name: "s2", modified: noon - 40_000)
        await stale.turn(at: noon - 28_900)
        // The first is silent; the second takes over, with the active schedule.
        await stale.turn(at: noon + 1)
        #expect(stale.leads && stale.version == 2)
        #expect(try await desk.jobs() == ["b@\(noon)"])
        #expect(stale.file?.state == .conflict && stale.file?.equals == 1)
        // A change of its own file counts.
        try stale.save("{ c: { \(Self.plain) } }")
        await stale.turn(at: noon + 2)
        #expect(stale.version == 3)
        #expect(try await desk.broker.schedules.schedule()?.author == "file at s2")
        try await desk.close()
    }

    @Test func `a single scheduler that starts again puts its active file, also an earlier one`() async throws {
        let desk = try await ScheduleDesk()
        let noon = ScheduleDesk.noon
        let (old, new) = ("{ a: { \(Self.plain) } }", "{ b: { \(Self.plain) } }")
        for (index, text) in [old, new, old].enumerated() {
            var hand = try ScheduleDesk.Hand(desk, text, name: "s\(index)")
            await hand.turn(at: noon + Int64(index) * 10_000)
            #expect(hand.leads && hand.version == index + 1)
        }
        try await desk.close()
    }

    @Test func `a leader that dies while it takes a version leaves no tick without a record`() async throws {
        let desk = try await ScheduleDesk()
        let (noon, queue) = (ScheduleDesk.noon, try QueueName("evaluation"))
        let both = "{ a: { \(Self.plain) }, b: { \(Self.plain) } }"
        var hand = try ScheduleDesk.Hand(desk, both)
        await hand.turn(at: noon - 30_000)
        try hand.save("{ a: { \(Self.plain) } }")
        await hand.turn(at: noon - 20_000)
        #expect(hand.version == 2)
        desk.set(noon - 10_000)
        _ = try await desk.broker.schedules.storeSchedule(ServiceFile.text(both), by: "somebody", expecting: 2)
        // All that the leader still did.
        #expect(
            try await desk.broker.schedules.setLastRun(
                of: "b", in: queue, at: noon - 9_000, epoch: 99, version: 3) == noon - 9_000)
        var next = try ScheduleDesk.Hand(desk, both, name: "s2", modified: noon - 300_000)
        await next.turn(at: noon + 1_000)
        await next.turn(at: noon + 1_250)
        #expect(next.leads && next.version == 3)
        #expect(try await desk.history("b").contains { $0.nominal == noon })
        try await desk.close()
    }
}
