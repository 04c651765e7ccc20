import JobQueue
import TestSupport

/// What a job of the load is for, and with that how it has to end.
enum Purpose: Sendable, Equatable {
    /// Leaves its id in the list of values.
    case record(milliseconds: Int)
    case sleep(milliseconds: Int)
    /// Fails so many times, then succeeds.
    case fail(times: Int)
    case failForGood
    /// Enqueues records whose value is this job's id.
    case spawn(children: Int)
    /// Kills its worker so many times, then succeeds.
    case crash(times: Int)
    case crashForGood

    /// Whether it runs for long enough to be met by something.
    var isLong: Bool { if case .record(let milliseconds) = self { milliseconds >= 500 } else { false } }

    var endsDead: Bool { self == .failForGood || self == .crashForGood }
}

/// A job that the load will enqueue, and enqueue again under the same id when the answer was lost.
struct PlannedJob: Sendable {
    /// Where records leave their values; no keys of the engine.
    static let values = "chaos:values"
    static let childValues = "chaos:children"

    let id: String
    let purpose: Purpose

    func job(in queue: QueueName) throws(JobQueueError) -> NewJob {
        let (kind, args) = words
        var job = NewJob(
            id: try JobID(id), kind: try JobKind("flotilla.test.\(kind)"), queue: queue,
            payload: try JobPayload(json: args))
        if purpose == .failForGood { job.options.maxAttempts = 2 }
        return job
    }

    private var words: (kind: String, args: String) {
        switch purpose {
        case .record(let time):
            ("record", #"{"key": "\#(Self.values)", "value": "\#(id)", "milliseconds": \#(time)}"#)
        case .sleep(let time): ("sleep", #"{"seconds": \#(Double(time) / 1_000)}"#)
        case .fail(let times): ("fail", #"{"times": \#(times), "message": "as told"}"#)
        case .failForGood: ("fail", #"{"message": "for good"}"#)
        case .spawn(let children):
            (
                "spawn",
                #"{"kind": "flotilla.test.record", "count": \#(children), "#
                    + #""args": {"key": "\#(Self.childValues)", "value": "\#(id)", "milliseconds": 5}}"#
            )
        case .crash(let times): ("crash", #"{"times": \#(times)}"#)
        case .crashForGood: ("crash", "{}")
        }
    }
}

/// Which job has which purpose: the same for the same seed and number.
struct JobMix: Sendable {
    let seed: UInt64
    /// Nil for every purpose there is; else records alone, of this length.
    var recordMilliseconds: Int?

    /// Crashes are rare and not by chance: each costs a worker, and the supervisor holds back what dies too often.
    private static let crashEvery = 2_500
    private static let crashForGoodEvery = 8_000

    func purpose(of number: Int) -> Purpose {
        if let recordMilliseconds { return .record(milliseconds: recordMilliseconds) }
        if number % Self.crashForGoodEvery == 4_000 { return .crashForGood }
        if number % Self.crashEvery == 1_250 { return .crash(times: 1) }
        var random = SeededRandom(seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
        switch Int.random(in: 0..<1_000, using: &random) {
        case ..<870: return .record(milliseconds: Int.random(in: 2...8, using: &random))
        case ..<910: return .sleep(milliseconds: Int.random(in: 20...300, using: &random))
        case ..<960: return .fail(times: Int.random(in: 1...2, using: &random))
        case ..<962: return .failForGood
        case ..<990: return .spawn(children: 2)
        // Long enough to be met by most kills.
        default: return .record(milliseconds: Int.random(in: 500...2_000, using: &random))
        }
    }
}
