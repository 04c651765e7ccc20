import ScheduleConfiguration
import TestSupport
import Testing

@testable import CeleryBridge

struct ShadowComparisonTests {
    private func entries() throws -> [ScheduleEntry] {
        let text = """
            version: 1
            queues: { evaluation: , rebalance: }
            pools: { all: { queues: ["*"] } }
            schedules:
              each-minute: { job: evaluation, every: 1m, args: { bot_id: 1 } }
              hourly: { job: rebalance, cron: "0 * * * *" }
            """
        let kinds = ["evaluation", "rebalance"].map { KnownKind(name: $0, queue: $0) }
        return try ScheduleFile.parse(Array(text.utf8), file: "f", known: KnownNames(kinds: kinds)).schedules
    }

    private let hour: Int64 = 3_600_000

    private func messages(_ task: String, _ times: [Int64], beat: Bool? = true) -> [BeatMessage] {
        times.map { BeatMessage(id: "\(task)-\($0)", task: task, at: $0, isFromBeat: beat) }
    }

    @Test func `an interval of beat's own phase is matched, and the phase is told`() throws {
        let sent = (0..<60).map { hour + Int64($0) * 60_000 + 17_000 + Int64($0 % 3) }
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.minutely": "each-minute"], messages: messages("a.minutely", sent),
            in: hour..<2 * hour)
        let story = try #require(comparison.stories.first)
        #expect((story.matched, story.missing.count, story.extra.count) == (60, 0, 0))
        #expect((story.offset, story.jitter) == (17_001, 1))
        #expect(comparison.agrees)
    }

    @Test func `what beat left out and what it sent besides is told, with its time`() throws {
        var sent = (0..<60).map { hour + Int64($0) * 60_000 + 50 }
        sent.remove(at: 30)
        sent.append(hour + 10 * 60_000 + 20_000)
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.minutely": "each-minute", "a.hourly": "hourly"],
            messages: messages("a.minutely", sent), in: hour - 60_000..<2 * hour + 60_000)
        #expect(comparison.stories.map(\.entry) == ["each-minute", "hourly"])
        // The ticks of the first and the last minute, for which beat had sent nothing either.
        #expect(comparison.stories[0].missing.contains(hour + 30 * 60_000))
        #expect(comparison.stories[0].extra == [hour + 10 * 60_000 + 20_000])
        #expect(comparison.stories[1].missing == [hour, 2 * hour])
        #expect(!comparison.agrees)
    }

    @Test func `a tick whose message may lie outside of the stretch is not missing`() throws {
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.hourly": "hourly"], messages: [], in: hour..<2 * hour)
        #expect(comparison.stories[0].missing.isEmpty)
        #expect(comparison.agrees && !comparison.hasEvidence)
    }

    @Test func `tasks of beat's without an entry are told, those of others are not`() throws {
        let comparison = ShadowComparison(
            entries: try entries(), map: [:],
            messages: messages("b.unknown", [hour, hour + 1]) + messages("c.user", [hour], beat: nil),
            in: hour..<2 * hour)
        #expect(comparison.unknown == ["b.unknown": 2])
    }

    @Test func `messages are read as Celery writes them, and retries are none of beat's`() throws {
        let listed = try #require(BeatMessage(listed: Array(RecordedBeat.listed("a.b", id: "1").utf8), seen: 7))
        #expect(listed == BeatMessage(id: "1", task: "a.b", at: 7, isFromBeat: true))
        #expect(BeatMessage(listed: Array(RecordedBeat.listed("a.b", id: "1", retries: 1).utf8), seen: 7) == nil)
        #expect(BeatMessage(listed: Array("no JSON".utf8), seen: 7) == nil)
        let event = try #require(BeatMessage(event: Array(RecordedBeat.event("a.b", id: "1", at: 1_234).utf8)))
        #expect(event == BeatMessage(id: "1", task: "a.b", at: 1_234))
        #expect(BeatMessage(event: Array(RecordedBeat.listed("a.b", id: "1").utf8)) == nil)
        for time in ["1e300", "-1e300", "1e18"] {
            let text = RecordedBeat.event("a.b", id: "1", at: 0, timestamp: time)
            #expect(BeatMessage(event: Array(text.utf8)) == nil)
        }
    }
}
