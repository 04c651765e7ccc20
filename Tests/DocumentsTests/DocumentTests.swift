import JobQueue
import Testing

@testable import Documents

/// Documents whose form depends on what they are given.
@Suite struct DocumentTests {
    @Test func `a hold without a reason has null for it`() {
        let hold = HoldDocument(cause: "paused", name: nil, count: 2, since: 0, until: nil, reason: "")
        #expect(
            JSONText.of(hold)
                == #"{"cause":"paused","name":null,"count":2,"since":"1970-01-01T00:00:00.000Z","until":null,"#
                + #""reason":null}"#)
    }

    @Test func `what does not apply to an upcoming run is left out`() {
        let plain = UpcomingRunDocument(name: nil, at: 0, due: nil, skipped: nil, local: nil)
        #expect(JSONText.of(plain) == #"{"at":"1970-01-01T00:00:00.000Z"}"#)
        let local = UpcomingRunDocument.LocalTime(
            local: "1970-01-01T03:00:00+02:00", timezone: "Europe/Berlin", daylight: "gap",
            meant: "1970-01-01T02:30:00")
        let full = UpcomingRunDocument(name: "a", at: 0, due: 1_000, skipped: "closed", local: local)
        #expect(
            JSONText.of(full)
                == #"{"name":"a","at":"1970-01-01T00:00:00.000Z","due":"1970-01-01T00:00:01.000Z","skipped":"closed","#
                + #""local":"1970-01-01T03:00:00+02:00","timezone":"Europe/Berlin","daylight":"gap","#
                + #""meant":"1970-01-01T02:30:00"}"#)
    }

    @Test func `without workers nothing is said of them`() {
        let alone = ScheduleAppliedDocument(version: 2, plan: "p", workers: 0, lagging: [])
        #expect(JSONText.of(alone) == #"{"version":2,"plan":"p"}"#)
        let fleet = ScheduleAppliedDocument(version: 2, plan: "p", workers: 2, lagging: ["w"])
        #expect(JSONText.of(fleet) == #"{"version":2,"plan":"p","workers":2,"lagging":["w"]}"#)
    }

    @Test func `the plan of a rebalance stands as it was written, or not at all`() {
        let none = RebalanceDocument(confirmed: (nil, nil), seen: (nil, nil), open: nil, plan: nil)
        #expect(
            JSONText.of(none)
                == #"{"confirmed":false,"confirmed_by":null,"confirmed_at":null,"seen_by":null,"seen_at":null,"#
                + #""open":null}"#)
        let dry = RebalanceDocument(
            confirmed: ("ann", 0), seen: ("bob", nil), open: "r1", plan: RawJSON(#"{"orders":[]}"#))
        #expect(
            JSONText.of(dry)
                == #"{"confirmed":true,"confirmed_by":"ann","confirmed_at":"1970-01-01T00:00:00.000Z","seen_by":"bob","#
                + #""seen_at":null,"open":"r1","plan":{"orders":[]}}"#)
    }

    @Test func `the fields of a log line follow in their order`() {
        let line = LogLineDocument(
            at: "t", level: "info", process: "p", message: "m\n", fields: [("job", "1"), ("at", "2")])
        #expect(
            JSONText.of(line) == #"{"at":"t","level":"info","process":"p","message":"m\n","job":"1","at":"2"}"#)
    }

    @Test func `an edit shows changed arguments as JSON`() throws {
        var job = NewJob(kind: try JobKind("echo"), queue: try QueueName("q"), payload: try JobPayload(json: "[1]"))
        job.id = try JobID("new")
        let edit = DeadEditDocument(
            job, inPlaceOf: try JobID("old"), isDone: false, changes: [("kind", "a", "echo"), ("args", "{}", "[1]")])
        #expect(
            JSONText.of(edit)
                == #"{"id":null,"origin":"old","kind":"echo","queue":"q","changes":{"kind":{"old":"a","new":"echo"},"#
                + #""args":{"old":{},"new":[1]}}}"#)
    }

    @Test func `the counts of a simulation stand before its time`() {
        var counts = SimDocument.Counts()
        counts.jobs = 3
        let sim = SimDocument(seed: .max, violation: ("lost", 7), trace: "t", tail: [], counts: counts, tookMs: 5)
        #expect(
            JSONText.of(sim)
                == #"{"seed":"18446744073709551615","ok":false,"violation":"lost","step":7,"trace":"t","tail":[],"#
                + #""steps":0,"virtual_ms":0,"jobs":3,"starts":0,"settled":0,"refused":0,"ticks":0,"ticks_subsumed":0,"#
                + #""schedule_versions":0,"tokens":0,"faults":0,"crashes":0,"audits":0,"took_ms":5}"#)
    }
}
