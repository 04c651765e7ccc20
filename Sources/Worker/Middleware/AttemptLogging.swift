public import JobQueue
import Logging

/// Puts job id, kind, queue and attempt on every log line of a handler, and logs its start and end at `debug`.
public struct AttemptLogging: JobMiddleware {
    /// Holds no state; one serves all attempts.
    public init() {}

    /// Changes neither result nor error. The lines at `debug` hold the handler's time in milliseconds.
    public func run(
        _ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput
    ) async throws -> JobOutput {
        var context = context
        let job = context.job
        context.tagLines { $0 = Self.logger($0, for: job) }
        guard context.logs(at: .debug) else { return try await next(context) }
        let logger = context.logger
        let began = ContinuousClock.now
        logger.debug("started")
        do {
            let output = try await next(context)
            logger.debug("handler returned", metadata: ["milliseconds": "\(began.duration(to: .now).milliseconds)"])
            return output
        } catch {
            logger.debug(
                "handler threw",
                metadata: ["milliseconds": "\(began.duration(to: .now).milliseconds)", "error": "\(error)"])
            throw error
        }
    }

    /// The same logger with a job's id, kind, queue and attempt on every line.
    static func logger(_ logger: Logger, for job: LeasedJob) -> Logger {
        var logger = logger
        logger[metadataKey: "job"] = "\(job.id)"
        logger[metadataKey: "kind"] = "\(job.kind)"
        logger[metadataKey: "queue"] = "\(job.queue)"
        logger[metadataKey: "attempt"] = "\(job.attempt)"
        return logger
    }
}
