public import JobQueue

/// One kind of job: its payload type and its handler.
///
/// `run` is written to run twice: the queue delivers at least once. It honours cancellation, and throws `JobStop` to
/// say how the attempt should end; any other error spends the attempt and leads to a retry.
public protocol Job: Sendable {
    associatedtype Payload: Decodable & Sendable

    /// The newest version of the payload's shape that the handler reads; it reads older ones too. Default 1. A job with
    /// a newer version is parked until a worker that knows the version joins.
    static var payloadVersion: Int { get }
    /// The retry policy of this kind where the schedule file states none for the kind; nil uses the policy of the
    /// queue.
    static var retry: RetryPolicy? { get }
    /// Rules by which arguments are checked before they are enqueued; nil when only decoding checks them.
    static var arguments: ArgumentRules? { get }

    /// Does the work of one attempt.
    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput
}

extension Job {
    /// 1: the handler reads only the first shape of its payload.
    public static var payloadVersion: Int { 1 }
    /// Nil: the retry policy of the queue applies.
    public static var retry: RetryPolicy? { nil }
    /// Nil: only decoding checks the arguments.
    public static var arguments: ArgumentRules? { nil }
}

/// Thrown by a handler to end its attempt other than with a plain failure.
public enum JobStop: Error, Sendable, CustomStringConvertible {
    /// The job can never succeed: it is dead at once, without retries.
    case refuse(type: String, message: String)
    /// Not now; no attempt is spent.
    case postpone(milliseconds: Int64, reason: String)
    /// Failed; the retry is due no earlier than after that many milliseconds, as the server demanded.
    case failNotBefore(milliseconds: Int64, type: String, message: String)

    /// The message or reason alone, without the type.
    public var description: String {
        switch self {
        case .refuse(_, let message), .failNotBefore(_, _, let message): message
        case .postpone(_, let reason): reason
        }
    }
}
