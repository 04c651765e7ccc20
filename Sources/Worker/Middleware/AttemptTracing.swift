public import JobQueue
import Logging
import Synchronization

/// Carries W3C trace context from job to job: an attempt is a span of the trace in its job's options, or the first span
/// of a new trace; its children carry that span as their parent. Trace and span stand on every log line of the handler.
public struct AttemptTracing: JobMiddleware {
    /// Holds no state; one serves all attempts.
    public init() {}

    /// Sets the trace parent of children and callback job where they have none; changes nothing else.
    public func run(
        _ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput
    ) async throws -> JobOutput {
        let span = AttemptSpan(of: context.options)
        var context = context
        context.tagLines { logger in
            let (own, caller) = span.value
            logger[metadataKey: "trace"] = "\(own.trace)"
            logger[metadataKey: "span"] = "\(own.span)"
            if let caller { logger[metadataKey: "parent_span"] = "\(caller.span)" }
        }
        var output = try await next(context)
        guard !output.children.isEmpty || output.batch != nil else { return output }
        let own = span.value.own
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

/// The span of one attempt, generated on first use: an attempt that logs nothing and enqueues nothing needs none.
private final class AttemptSpan: Sendable {
    private let traceParent: String?
    private let drawn = Mutex<(own: TraceParent, caller: TraceParent?)?>(nil)

    init(of options: JobOptions) { traceParent = options.traceParent }

    var value: (own: TraceParent, caller: TraceParent?) {
        drawn.withLock { drawn in
            if let drawn { return drawn }
            var random = SystemRandomNumberGenerator()
            let caller = traceParent.flatMap { TraceParent($0) }
            let value = (own: caller?.next(using: &random) ?? .start(using: &random), caller: caller)
            drawn = value
            return value
        }
    }
}
