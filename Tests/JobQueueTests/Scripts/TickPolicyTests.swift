import Redis
import Testing

@testable import JobQueue

/// tick.lua: fan-out, overlap, pauses, failures, and ticks that are made up for.
@Suite struct TickPolicyTests {
    private let ticks: TickTests
    private var bench: ScriptBench { ticks.bench }

    init() async throws { ticks = try await TickTests() }

    private typealias Call = TickTests.Call
    private typealias Member = TickTests.Member

    private func members(_ names: String..., tick: Int) -> [Member] {
        names.map { Member(entity: $0, id: "bots@\(tick)#\($0)") }
    }

    private func claim(_ id: String, by worker: String = "w1") async throws {
        try await bench.set(["running:\(worker)": .hash([id: "7 900"]), "leases": .scores([worker: 99_000])])
        _ = try await bench.redis.send(["LREM", "ready", 0, .text(id)])
    }

    @Test func `a fan-out is all its jobs and one record`() async throws {
        #expect(try await ticks.tick(Call(), members("7", "9", tick: 900)) == ["enqueued", "2"])
        #expect(try await bench.list("ready") == ["bots@900#7", "bots@900#9"])
        #expect(
            try await bench.hash("entries") == [
                "l:bots#7": "bots@900#7", "l:bots#9": "bots@900#9", "e:bots": "7 9",
            ])
        let record = try #require(try await ticks.history().first)
        #expect(record.jobs == 2 && record.job == nil && record.outcome == .enqueued)
        #expect(record.ran() && record.ran("7"))
    }

    @Test func `each entity overlaps with itself alone, and is named in the record`() async throws {
        try await ticks.tick(Call(overlap: "skip"), members("7", "9", tick: 900))
        let done = record("S", finished: 5)
        _ = try await bench.redis.send(["HSET", "jobs", "bots@900#9", .text(done)])
        #expect(
            try await ticks.tick(Call(nominal: 950, overlap: "skip"), members("7", "9", "11", tick: 950))
                == ["enqueued", "2"])
        let told = try #require(try await ticks.history().first)
        #expect(told.overlap == ["7"] && told.added == ["11"] && told.removed == nil && told.jobs == 2)
        #expect(!told.ran("7") && told.ran("9"))
    }

    @Test func `an entity that the source names no more is forgotten but for its pause`() async throws {
        try await ticks.tick(Call(), members("7", "9", tick: 900))
        _ = try await bench.redis.send(["HSET", "entries", "p:bots#9", "0 1 skip\nme\nwhy"])
        try await ticks.tick(Call(nominal: 950), members("7", tick: 950))
        #expect(try await ticks.history().first?.removed == ["9"])
        #expect(
            try await bench.hash("entries") == [
                "l:bots#7": "bots@900#7 bots@950#7", "e:bots": "7", "p:bots#9": "0 1 skip\nme\nwhy",
            ])
    }

    @Test func `a source that names nobody leaves a record and no job`() async throws {
        #expect(try await ticks.tick(Call(detail: "\"the source named nobody\""), []) == ["enqueued", "0"])
        #expect(try await ticks.history().first?.detail == "the source named nobody")
    }

    @Test func `a full queue takes all jobs of a tick or none`() async throws {
        try await bench.set(["meta": .hash(["max_waiting": "2"])])
        #expect(try await ticks.tick(Call(), members("1", "2", "3", tick: 900)) == ["queue-full", "0"])
        #expect(try await ticks.history().first?.reason == "queue-full")
        #expect(try await bench.list("ready").isEmpty)
        #expect(try await ticks.tick(Call(nominal: 950), members("1", "2", tick: 950)) == ["enqueued", "2"])
    }

    @Test(arguments: [("queue-one", 1), ("queue-all", 2)])
    func `so many may wait while another runs`(_ policy: String, _ most: Int) async throws {
        try await ticks.tick(Call(overlap: policy))
        try await claim("j1")
        var call = Call(overlap: policy, workers: ["w1"])
        for number in 1...most {
            call.nominal = 900 + number
            #expect(try await ticks.tick(call, [Member(id: "n\(number)")]) == ["enqueued", "1"])
        }
        call.nominal = 990
        #expect(try await ticks.tick(call, [Member(id: "late")]) == ["overlap", "0"])
        #expect(try await bench.list("ready").count == most)
    }

    @Test func `without knowing every worker nothing is decided`() async throws {
        try await bench.set(["leases": .scores(["w1": 99_000])])
        let before = try await Held.all(of: bench.redis)
        #expect(try await ticks.tick(Call(overlap: "queue-one")) == ["again", "0"])
        #expect(try await Held.all(of: bench.redis) == before)
    }

    @Test func `what waits is replaced and what runs goes on`() async throws {
        var call = Call(overlap: "replace-waiting", workers: ["w1"])
        try await ticks.tick(call, [Member(id: "runs")])
        try await claim("runs")
        for (nominal, id, due) in [(910, "ready", 0), (920, "late", 99_000), (930, "newest", 0)] {
            call.nominal = nominal
            #expect(try await ticks.tick(call, [Member(id: id, due: due)]) == ["enqueued", "1"])
        }
        #expect(try await bench.envelope(of: "runs").stateCode == .live)
        #expect(try await bench.envelope(of: "ready").stateCode == .cancelledInReady)
        let late = try await bench.envelope(of: "late")
        #expect(late.stateCode == .cancelled)
        #expect(JobEvent.list(late.events).first?.detail == "replaced by bots@930")
        #expect(try await bench.envelope(of: "newest").stateCode == .live)
        #expect(try await bench.hash("running:w1") == ["runs": "7 900"])
        #expect(try await bench.hash("entries")["l:bots"] == "runs newest")
    }

    @Test func `what runs is asked to stop when the policy says so`() async throws {
        var call = Call(overlap: "cancel-running", workers: ["w1"])
        try await ticks.tick(call, [Member(id: "runs")])
        try await claim("runs")
        call.nominal = 910
        #expect(try await ticks.tick(call, [Member(id: "next")]) == ["enqueued", "1"])
        #expect(try await bench.hash("running:w1") == ["runs": "7 900 cancel"])
        call.nominal = 920
        #expect(try await ticks.tick(call, [Member(id: "newest")]) == ["enqueued", "1"])
        #expect(try await bench.envelope(of: "next").stateCode == .cancelledInReady)
        #expect(try await bench.hash("entries")["l:bots"] == "runs newest")
    }

    @Test func `a paused entry is recorded with the reason, and many ticks of it as one`() async throws {
        try await bench.set(["entries": .hash(["p:bots": "2000 1 skip\nme\nbroken \"x\""])])
        for nominal in [900, 910, 920] {
            #expect(try await ticks.tick(Call(nominal: nominal)) == ["paused", "0"])
        }
        let told = try await ticks.history()
        #expect(told.count == 1)
        #expect(told.first?.detail == "broken \"x\"" && told.first?.count == 3 && told.first?.first == 900)
        #expect(try await bench.hash("meta")["ticks_skipped"] == "3")
        #expect(try await ticks.tick(Call(nominal: 2_000, now: 2_000)) == ["enqueued", "1"])
        #expect(try await bench.hash("entries") == ["l:bots": "j1"])
    }

    @Test func `a paused entity is left out alone`() async throws {
        try await bench.set(["entries": .hash(["p:bots#7": "0 1 skip\nme\nwhy"])])
        #expect(try await ticks.tick(Call(), members("7", "9", tick: 900)) == ["enqueued", "1"])
        let told = try #require(try await ticks.history().first)
        #expect(told.paused == ["7"] && told.jobs == 1 && !told.ran("7") && told.ran("9"))
    }

    @Test func `a pause that is to be made up for is told until somebody ends it`() async throws {
        try await bench.set(["entries": .hash(["p:bots": "950 1 all\nme\nwhy"])])
        #expect(try await ticks.tick(Call(nominal: 960)) == ["enqueued", "1", "bots"])
        #expect(try await ticks.tick(Call(nominal: 970), [Member(id: "j2")]) == ["enqueued", "1", "bots"])
    }

    @Test func `so many deaths in a row pause an entity, and a success in between does not`() async throws {
        func end(_ nominal: Int, _ stateCode: Character) async throws {
            let done = record(stateCode, finished: 5)
            _ = try await bench.redis.send(["HSET", "jobs", "bots@\(nominal)#7", .text(done)])
        }
        var call = Call(fails: 2)
        for (nominal, stateCode) in [(901, "D"), (902, "S"), (903, "D"), (904, "C"), (905, "D")] {
            call.nominal = nominal
            #expect(try await ticks.tick(call, members("7", tick: nominal)) == ["enqueued", "1"])
            try await end(nominal, Character(stateCode))
        }
        call.nominal = 906
        #expect(try await ticks.tick(call, members("7", "9", tick: 906)) == ["enqueued", "1", "bots#7"])
        #expect(try await bench.hash("entries")["p:bots#7"] == "0 1000 skip\nscheduler\n2 jobs in a row died")
        call.nominal = 907
        #expect(try await ticks.tick(call, members("7", tick: 907)) == ["paused", "0"])
    }

    @Test func `a past tick is made up for once, moves nothing, and needs no leader`() async throws {
        try await bench.set(["meta": .hash(["epoch": "9", "last:bots": "900"])])
        let call = Call(epoch: 0, nominal: 500, outcome: "backfilled")
        #expect(try await ticks.tick(call, [Member(id: "bots@500")]) == ["enqueued", "1"])
        #expect(try await ticks.tick(call, [Member(id: "bots@500")]) == ["duplicate", "0"])
        #expect(try await bench.hash("meta") == [
            "epoch": "9", "last:bots": "900", "ran:bots": "500", "enqueued": "1",
        ])
        #expect(try await Held.read("ticks", from: bench.redis) == .scores(["bots@500": 1_000]))
        #expect(try await ticks.history().map(\.outcome) == [.backfilled])
        var future = call
        future.nominal = 901
        #expect(try await ticks.tick(future, [Member(id: "bots@901")]) == ["ahead", "0"])
    }

    @Test func `the history is cut to its length`() async throws {
        for nominal in 901...905 {
            try await ticks.tick(Call(nominal: nominal, keep: 3), [Member(id: "j\(nominal)")])
        }
        #expect(try await ticks.history().map(\.nominal) == [905, 904, 903])
    }
}
