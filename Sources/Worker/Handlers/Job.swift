public import JobQueue

/// One kind of job: what it takes and what it does.
///
/// `run` is written to run twice: the queue delivers at least once. It honours cancellation, and throws `JobStop` to
/// say how the attempt should end; any other error spends the attempt and is tried again.
public protocol Job: Sendable {
    associatedtype Payload: Decodable & Sendable

    /// The newest version of the payload's shape that it reads; the older ones it reads too. Default 1. A job with a
    /// newer one is parked until a worker comes that knows it.
    static var payloadVersion: Int { get }
    /// How failed attempts of this kind are tried again where the schedule file says nothing of the kind itself; nil
    /// to do as the queue does.
    static var retry: RetryPolicy? { get }
    /// What its arguments may be, for all who take any; nil when only decoding tells.
    static var arguments: ArgumentRules? { get }

    /// Does the work of one attempt.
    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput
}

extension Job {
    /// 1: the handler reads the first shape of its payload alone.
    public static var payloadVersion: Int { 1 }
    /// Nil: failed attempts are tried again as the queue says.
    public static var retry: RetryPolicy? { nil }
    /// Nil: only decoding tells whether arguments fit.
    public static var arguments: ArgumentRules? { nil }
}

/// What an attempt that went well leaves behind, written in the same step as its acknowledgement.
public struct JobOutput: Sendable {
    /// One JSON value, or empty.
    public var result: String
    /// Jobs to enqueue; each takes an id derived from this job's, so that a second run adds nothing.
    public var children: [NewJob]
    /// Set to let the job wait for its children instead of being over.
    public var batch: BatchPlan?

    /// The defaults: no result, no children, and the job is over.
    public init(result: String = "", children: [NewJob] = [], batch: BatchPlan? = nil) {
        self.result = result
        self.children = children
        self.batch = batch
    }
}

/// Thrown by a handler to end its attempt in another way than failing.
public enum JobStop: Error, Sendable, CustomStringConvertible {
    /// It can never succeed: a dead letter at once.
    case refuse(type: String, message: String)
    /// Not now; no attempt is spent.
    case postpone(milliseconds: Int64, reason: String)
    /// Failed; not to be tried again before that many milliseconds, as the server demanded.
    case failNotBefore(milliseconds: Int64, type: String, message: String)

    /// The message or reason alone, without the type.
    public var description: String {
        switch self {
        case .refuse(_, let message), .failNotBefore(_, _, let message): message
        case .postpone(_, let reason): reason
        }
    }
}
