import Foundation
import JobQueue
import ScheduleConfiguration

/// What one job asks of the fleet: how long it runs, which calls it makes, which jobs follow it.
public struct JobDemand: Sendable, Equatable {
    /// Calls that it makes one after the other, each for a token of `limit`. What its queue takes before it starts
    /// pays for the first ones.
    public var calls: Int
    /// Nil for a job that makes no calls.
    public var limit: String?
    /// How long an attempt runs beside its waits.
    public var runTime: RunTime
    /// Jobs that it enqueues when it ends, by kind.
    public var followUps: [FollowUp]

    /// The defaults: no calls, a median of 100 ms and 300 ms at the 95th percentile, no follow-ups.
    public init(calls: Int = 0, limit: String? = nil, runTime: RunTime = RunTime(), followUps: [FollowUp] = []) {
        self.calls = calls
        self.limit = limit
        self.runTime = runTime
        self.followUps = followUps
    }
}

/// Jobs that a job enqueues when it ends.
public struct FollowUp: Sendable, Equatable {
    /// The kind of the jobs that follow.
    public var kind: String
    /// The queue that they go to.
    public var queue: String
    /// A JSON object, by which the demand of the kind is told.
    public var argsJSON: String
    /// How many follow one job on average.
    public var expected: Double
    /// How many follow it at the worst.
    public var most: Int
    /// After how long they expire, in milliseconds; nil for the queue's own time.
    public var freshForMilliseconds: Int64?

    /// `expected` may be a fraction and is at most `most`; neither is checked.
    public init(
        kind: String, queue: String, argsJSON: String = "{}", expected: Double, most: Int,
        freshForMilliseconds: Int64? = nil
    ) {
        self.kind = kind
        self.queue = queue
        self.argsJSON = argsJSON
        self.expected = expected
        self.most = most
        self.freshForMilliseconds = freshForMilliseconds
    }
}

/// How long attempts run, without the time they wait for tokens.
public struct RunTime: Sendable, Equatable {
    /// Milliseconds that half of the attempts need at most; at least 1.
    public var median: Int64
    /// Milliseconds that 95 of 100 need at most.
    public var p95: Int64

    /// Values below are raised: the median to 1 ms, the 95th percentile to the median.
    public init(median: Int64 = 100, p95: Int64 = 300) {
        self.median = max(1, median)
        self.p95 = max(self.median, p95)
    }

    /// A run time by its rank: from a log-logistic distribution that has this median and this 95th percentile, and
    /// beyond that evenly up to twice as long. A tail without an end would make one job of thousands time out that no
    /// measurement has seen.
    /// - Parameter share: 0 to 1; less than a thousandth counts as that.
    func quantile(_ share: Double) -> Int64 {
        guard share <= 0.95 else { return p95 + Int64((Double(p95) * (min(share, 1) - 0.95) / 0.05).rounded()) }
        let bounded = max(share, 0.001)
        let exponent = log(bounded / (1 - bounded)) / log(19.0)
        return max(1, Int64((Double(median) * pow(Double(p95) / Double(median), exponent)).rounded()))
    }
}

/// What plans and simulations take as given: who the entities are, and what each kind of job asks of the fleet.
public struct LoadFacts: Sendable {
    /// The entities of the sources that are asked at tick time, by the name of the source. One that is not here names
    /// nobody.
    public var entities: [String: [String]]
    /// The demand of a job, by its kind and its arguments as a JSON object.
    public var demand: @Sendable (_ kind: String, _ argsJSON: String) -> JobDemand

    /// - Parameter demand: pure; the same kind and arguments always give the same demand.
    public init(
        entities: [String: [String]],
        demand: @escaping @Sendable (_ kind: String, _ argsJSON: String) -> JobDemand
    ) {
        self.entities = entities
        self.demand = demand
    }

    /// Those that an entry's tick gives a job each; one nameless for an entry without `for_each`.
    func entities(of entry: ScheduleEntry) -> [String] {
        switch entry.forEach?.source {
        case nil: [""]
        case .named(let source): entities[source] ?? []
        case .list(let names): names
        }
    }
}

/// Tokens that a job takes, and when after its start.
struct CallPlan {
    /// What it has to be given of each limit before it starts.
    let admission: [LimitUse]
    /// Calls whose tokens it takes while it runs.
    let paidLater: Int
    let calls: Int
    let limit: String?

    init(_ demand: JobDemand, in queue: QueueRules?) {
        admission = queue?.limits ?? []
        calls = demand.calls
        limit = demand.limit
        let prepaid = admission.first { $0.name == demand.limit }?.cost ?? 0
        paidLater = demand.limit == nil ? 0 : max(0, demand.calls - prepaid)
    }

    /// All tokens of a limit that one job takes.
    func tokens(of name: String) -> Int {
        (admission.first { $0.name == name }?.cost ?? 0) + (name == limit ? paidLater : 0)
    }

    /// When the n-th of the calls that are paid later is made, if the job runs that long and waits for nothing.
    func offset(ofLater index: Int, runTime: Int64) -> Int64 {
        calls == 0 ? 0 : runTime * Int64(calls - paidLater + index) / Int64(calls)
    }
}
