import JobQueue
import Logging

/// Carries W3C trace context from job to job: an attempt is a span of the trace that its job came with, or the first of
/// a new one; its children come with that span as their parent. Trace and span stand on every line of the handler.
public struct AttemptTracing: JobMiddleware {
    public init() {}

    public func run(
        _ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput
    ) async throws -> JobOutput {
        var random = SystemRandomNumberGenerator()
        let caller = context.options.traceParent.flatMap { TraceParent($0) }
        let own = caller?.next(using: &random) ?? .start(using: &random)
        var context = context
        context.logger[metadataKey: "trace"] = "\(own.trace)"
        context.logger[metadataKey: "span"] = "\(own.span)"
        if let caller { context.logger[metadataKey: "parent_span"] = "\(caller.span)" }
        var output = try await next(context)
        for index in output.children.indices where output.children[index].options.traceParent == nil {
            output.children[index].options.traceParent = own.description
        }
        if var batch = output.batch, batch.followUp?.options.traceParent == nil {
            batch.followUp?.options.traceParent = own.description
            output.batch = batch
        }
        return output
    }
}
