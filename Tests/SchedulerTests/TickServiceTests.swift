import JobQueue
import Redis
import ScheduleConfiguration
import Testing
import Time

@testable import Scheduler

/// Ticks as a scheduler carries them out: entities, hours, outages, pauses, clocks.
struct TickServiceTests {
    private static let noon = ScheduleDesk.noon
    private static let minute: Int64 = 60_000

    private func outcomes(_ desk: ScheduleDesk, _ entry: String = "a") async throws -> [String] {
        try await desk.history(entry).reversed().map {
            "\(($0.nominal - Self.noon) / 1000) \($0.outcome.rawValue)\($0.reason.map { " " + $0 } ?? "")"
                + ($0.count > 1 ? " ×\($0.count)" : "")
        }
    }

    @Test func `each running bot gets a job of its own, at its own moment, with its number among the arguments`()
        async throws
    {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(
            desk, "{ a: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s, args: { scoring: v2 } } }")
        await hand.turn(at: Self.noon - 30_000)
        await hand.turn(at: Self.noon + 1)
        let tick = "a@\(Self.noon)"
        #expect(try await desk.jobs() == ["\(tick)#1", "\(tick)#2"])
        let job = try #require(try await QueueInspector(broker: desk.broker).job(try JobID("\(tick)#1")))
        #expect(String(decoding: job.envelope.payload, as: UTF8.self) == #"{"bot_id":1,"scoring":"v2"}"#)
        #expect(JobOptions(text: job.envelope.options).tick == tick)
        let spread = SpreadOffset.milliseconds(entry: "a", entity: "1", spreadMilliseconds: 20_000)
        #expect(job.dueMilliseconds == Self.noon + spread)
        // Bots that come and go are in the record of the next tick.
        desk.bots.set(["2", "3"])
        await hand.turn(at: Self.noon + Self.minute)
        let told = try #require(try await desk.history("a").first)
        #expect(told.added == ["3"] && told.removed == ["1"] && told.overlap == ["2"] && told.jobs == 1)
        #expect(try await QueueAuditor(broker: desk.broker).audit().findings.isEmpty)
        try await desk.close()
    }

    @Test func `a source that cannot be asked delays the tick, then the misfire rule decides`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(
            desk,
            """
            { a: { job: evaluation, every: 1m, for_each: running_bots, misfire: skip, overlap: allow },
              b: { job: evaluation, every: 1m, for_each: running_bots, misfire: once, overlap: allow },
              c: { job: evaluation, every: 1m, overlap: allow } }
            """)
        await hand.turn(at: Self.noon - 30_000)
        desk.bots.set(nil)
        await hand.turn(at: Self.noon - 2_000)
        for second in stride(from: 0, through: 4, by: 2) { await hand.turn(at: Self.noon + Int64(second) * 1_000) }
        #expect(try await desk.jobs() == ["c@\(Self.noon)"])
        for second in stride(from: 6, through: 67, by: 1) { await hand.turn(at: Self.noon + Int64(second) * 1_000) }
        desk.bots.set(["1"])
        await hand.turn(at: Self.noon + 68_000)
        #expect(
            try await desk.jobs() == [
                "b@\(Self.noon + Self.minute)#1", "c@\(Self.noon)", "c@\(Self.noon + Self.minute)",
            ])
        #expect(try await outcomes(desk) == ["60 source-unavailable source ×2"])
        #expect(try await outcomes(desk, "b") == ["0 source-unavailable source", "60 caught-up"])
        #expect(try await desk.history("a").first?.detail?.contains("database") == true)
        try await desk.close()
    }

    @Test func `every minute of an outage is accounted for, by each rule`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(
            desk,
            """
            { a: { job: evaluation, every: 1m, misfire: skip, overlap: allow },
              b: { job: evaluation, every: 1m, misfire: once, overlap: allow },
              c: { job: evaluation, every: 1m, misfire: all, misfire_max: 3, overlap: allow },
              d: { job: evaluation, every: 1m, misfire: all, within: 90s, overlap: allow } }
            """)
        await hand.turn(at: Self.noon - 30_000)
        for _ in 0..<3 { await hand.turn(at: Self.noon + 5 * Self.minute + 30_000) }
        #expect(try await outcomes(desk, "a") == ["300 skipped misfire ×6"])
        #expect(try await outcomes(desk, "b") == ["240 skipped misfire ×5", "300 caught-up"])
        #expect(
            try await outcomes(desk, "c") == [
                "120 skipped misfire ×3", "180 caught-up", "240 caught-up", "300 caught-up",
            ])
        #expect(try await outcomes(desk, "d") == ["180 skipped misfire ×4", "240 caught-up", "300 caught-up"])
        #expect(try await desk.history("d").last?.detail == "older than within")
        try await desk.close()
    }

    @Test func `ticks outside of their hours are recorded and do not run`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(
            desk, "{ a: { job: evaluation, every: 1m, overlap: allow, window: \"12:02-12:04\", misfire: once } }")
        await hand.turn(at: Self.noon - 30_000)
        for number in 0..<6 { await hand.turn(at: Self.noon + Int64(number) * Self.minute) }
        #expect(
            try await outcomes(desk) == [
                "60 skipped window ×2", "120 enqueued", "180 enqueued", "300 skipped window ×2",
            ])
        #expect(try await desk.history("a").first?.detail == "outside of its window")
        try await desk.close()
    }

    @Test func `a pause that ends by itself is made up for as was wished`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m, overlap: allow } }")
        await hand.turn(at: Self.noon - 30_000)
        try await desk.broker.schedules.pauseEntry(
            "a", in: try QueueName("evaluation"), for: .seconds(150), by: "me", reason: "deploy", catchUp: .once)
        for number in 0..<3 { await hand.turn(at: Self.noon + Int64(number) * Self.minute) }
        #expect(
            try await desk.jobs() == ["a@\(Self.noon + Self.minute)", "a@\(Self.noon + 2 * Self.minute)"])
        #expect(try await outcomes(desk) == ["60 skipped paused ×2", "120 enqueued", "60 backfilled"])
        #expect(try await desk.broker.schedules.entryPauses(in: try QueueName("evaluation")).isEmpty)
        await hand.turn(at: Self.noon + 3 * Self.minute)
        #expect(try await desk.jobs().count == 3)
        try await desk.close()
    }

    @Test func `a window is made up for once, for the entity that was left out alone`() async throws {
        let desk = try await ScheduleDesk()
        let queue = try QueueName("evaluation")
        var hand = try ScheduleDesk.Hand(
            desk, "{ a: { job: evaluation, every: 1m, overlap: allow, for_each: [x, y] } }")
        await hand.turn(at: Self.noon - 30_000)
        try await desk.broker.schedules.pauseEntry("a#x", in: queue, for: nil, by: "me", reason: "")
        await hand.turn(at: Self.noon)
        _ = try await desk.broker.schedules.resumeEntry("a#x", in: queue)
        await hand.turn(at: Self.noon + Self.minute)
        try await desk.broker.schedules.pauseEntry("a", in: queue, for: nil, by: "me", reason: "")
        await hand.turn(at: Self.noon + 2 * Self.minute)
        let entry = try #require(
            try ServiceFile.loaded("{ a: { job: evaluation, every: 1m, for_each: [x, y] } }").file.schedules.first)
        let x = Backfill(entry: entry, entities: ["x"], entity: "x", broker: desk.broker)
        let all = Backfill(entry: entry, entities: ["x", "y"], broker: desk.broker)
        let end = Self.noon + 2 * Self.minute
        #expect(try await x.missed(from: 0, through: end) == [Self.noon, end])
        #expect(try await all.missed(from: 0, through: end) == [end])
        #expect(try await x.enqueue(Self.noon).jobs == 1)
        #expect(try await x.enqueue(Self.noon).answer == .duplicate)
        #expect(try await all.enqueue(end).jobs == 2)
        #expect(try await all.enqueue(end).answer == .duplicate)
        #expect(try await all.missed(from: 0, through: end).isEmpty)
        #expect(try await desk.jobs().count == 6)
        #expect(try await QueueAuditor(broker: desk.broker).audit().findings.isEmpty)
        try await desk.close()
    }

    @Test func `a clock that goes back repeats nothing, one that goes forward skips by the rule`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m, misfire: skip, overlap: allow } }")
        await hand.turn(at: Self.noon - 30_000)
        await hand.turn(at: Self.noon + 1)
        await hand.turn(at: Self.noon - 60_000)
        await hand.turn(at: Self.noon + 2)
        #expect(try await desk.jobs() == ["a@\(Self.noon)"])
        await hand.turn(at: Self.noon + 4 * 3_600_000)
        #expect(try await outcomes(desk) == ["0 enqueued", "14340 skipped misfire ×239", "14400 enqueued"])
        try await desk.close()
    }

    @Test func `a scheduler whose clock is off by more than two seconds waits`() async throws {
        let desk = try await ScheduleDesk()
        var wrong = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m } }", skew: -2_001, name: "wrong")
        var right = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m } }", skew: 1_999, name: "right")
        await wrong.turn(at: Self.noon - 30_000)
        await right.turn(at: Self.noon - 29_000)
        #expect(!wrong.leads && right.leads)
        let seen = try await QueueInspector(broker: desk.broker).schedulers()
        #expect(seen.map { "\($0.holder) \($0.skewMilliseconds)" } == ["right 1999", "wrong -2001"])
        try await desk.close()
    }

    @Test func `an entry whose jobs keep dying is paused and says so`() async throws {
        let desk = try await ScheduleDesk()
        var hand = try ScheduleDesk.Hand(desk, "{ a: { job: evaluation, every: 1m, pause_after_failures: 2 } }")
        await hand.turn(at: Self.noon - 30_000)
        for number in 0..<4 {
            await hand.turn(at: Self.noon + Int64(number) * Self.minute)
            let id = "a@\(Self.noon + Int64(number) * Self.minute)"
            let key = QueueKeys().of(try QueueName("evaluation")).jobs
            guard let record = try await desk.broker.redis.send(["HGET", .text(key), .text(id)]).optionalString() else {
                continue
            }
            _ = try await desk.broker.redis.send(["HSET", .text(key), .text(id), .text("1D" + record.dropFirst(2))])
        }
        #expect(
            try await outcomes(desk) == ["0 enqueued", "60 enqueued", "180 skipped paused ×2"])
        #expect(try await desk.history("a").first?.detail == "2 jobs in a row died")
        try await desk.close()
    }
}
