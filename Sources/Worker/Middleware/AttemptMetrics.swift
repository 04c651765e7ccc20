public import CoreMetrics
public import JobQueue
import Metrics

/// Counts attempts by kind and outcome, and measures how long handlers run.
///
/// `flotilla_attempts` is a counter with `kind` and `outcome` (`succeeded failed refused postponed stopped`);
/// `flotilla_attempt_duration` is a timer with `kind`.
public struct AttemptMetrics: JobMiddleware {
    private let factory: any MetricsFactory
    /// No metrics system is set up, so nothing is counted.
    private let isOff: Bool

    /// - Parameter factory: where the numbers go; the process' own by default.
    public init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        isOff = factory is NOOPMetricsHandler
    }

    /// Changes neither result nor error. Without a metrics system it measures nothing.
    public func run(
        _ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput
    ) async throws -> JobOutput {
        if isOff { return try await next(context) }
        let began = ContinuousClock.now
        let kind = context.job.kind.description
        do {
            let output = try await next(context)
            note(kind, "succeeded", since: began)
            return output
        } catch {
            note(kind, Self.outcome(of: error), since: began)
            throw error
        }
    }

    private func note(_ kind: String, _ outcome: String, since began: ContinuousClock.Instant) {
        Counter(label: "flotilla_attempts", dimensions: [("kind", kind), ("outcome", outcome)], factory: factory)
            .increment()
        let (seconds, attoseconds) = began.duration(to: .now).components
        CoreMetrics.Timer(label: "flotilla_attempt_duration", dimensions: [("kind", kind)], factory: factory)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private static func outcome(of error: any Error) -> String {
        switch error {
        case JobStop.refuse: "refused"
        case JobStop.postpone: "postponed"
        case is CancellationError: "stopped"
        default: "failed"
        }
    }
}
