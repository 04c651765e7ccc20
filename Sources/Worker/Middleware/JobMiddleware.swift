public import JobQueue

/// A layer around every handler, such as logging. Handlers do not know of it.
///
/// It may change the context on the way in and the output on the way out. It passes errors on: they say how the attempt
/// ended.
public protocol JobMiddleware: Sendable {
    /// - Parameter next: the next middleware, or the handler; called once.
    func run(_ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput) async throws -> JobOutput
}

/// A handler, or one with middleware around it.
typealias JobMiddlewareStep = @Sendable (JobContext) async throws -> JobOutput

extension [any JobMiddleware] {
    /// The work wrapped in these middlewares, the first one outermost.
    func around(_ work: @escaping JobMiddlewareStep) -> JobMiddlewareStep {
        reversed().reduce(work) { next, middleware in { try await middleware.run($0, next: next) } }
    }
}
