import CeleryBridge
import Foundation
import JobQueue
import Jobs
import Worker

/// The tasks that the Celery application registers, with its names, arguments and results.
///
/// The work is that of the native kinds, run inside of the job that carries the call; orders are enqueued as execution
/// jobs with the acknowledgement. Where the application returned an error instead of raising it, so do these tasks.
struct AppTasks: Sendable {
    let dependencies: JobDependencies
    let kinds: KindRunner
    /// Wall time, which a test may stop.
    let now: @Sendable () -> Date

    /// Adds all of them to a table.
    func register(into table: inout TaskTable) {
        registerTrading(into: &table)
        registerData(into: &table)
        registerMarketData(into: &table)
        registerAnalysis(into: &table)
        registerWeights(into: &table)
    }

    /// Runs a kind; the result stays JSON.
    func run(_ kind: KindDefinition, _ arguments: WireObject, _ context: JobContext) async throws -> TaskReturn {
        try await kinds.run(kind.kind, arguments, context)
    }

    /// A refresh of the cache, or one of the duties that go with it.
    func refresh(_ what: String, _ more: WireObject = WireObject(), in context: JobContext) async throws -> TaskReturn {
        var arguments = WireObject([("what", .text(what))])
        for (name, value) in more.members where !value.isNull { arguments[name] = value }
        return try await run(.cacheRefresh, arguments, context)
    }

    /// Does the work; an error of it becomes what the task returns.
    ///
    /// What ends the attempt is thrown on: a cancellation, a claim that was lost, and a job that has to wait.
    func reporting(
        _ report: (String) -> WireValue, _ work: () async throws -> TaskReturn
    ) async throws -> TaskReturn {
        do { return try await work() } catch {
            switch error {
            case JobStop.postpone, is CancellationError, is JobQueueError: throw error
            default: break
            }
            try Task.checkCancellation()
            return TaskReturn(report(Self.sentence(error)))
        }
    }

    static func sentence(_ error: any Error) -> String {
        if let failure = error as? TaskFailure, let text = failure.arguments.first?.string { return text }
        return "\(error)"
    }

    /// `{success: false, error}`.
    static func failure(_ sentence: String) -> WireValue {
        WireValue(members: [("success", .bool(false)), ("error", .text(sentence))])
    }

    /// `{status: error, message}`.
    static func statusError(_ sentence: String) -> WireValue {
        WireValue(members: [("status", .text("error")), ("message", .text(sentence))])
    }

    /// The time as the application's naive times are written: ISO 8601 in UTC without a zone, with microseconds.
    var naiveTime: String { Self.text(now()) }
    /// The same with its offset.
    var awareTime: String { Self.text(now()) + "+00:00" }

    static func text(_ time: Date) -> String {
        let micros = Int((time.timeIntervalSince1970 * 1_000_000).rounded())
        let (seconds, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).prefix(19)
        return "\(whole).\(String(repeating: "0", count: 6 - "\(abs(rest))".count))\(abs(rest))"
    }
}

extension WireValue {
    /// An object with these members in their order.
    init(members: [(String, WireValue)]) { self = .object(WireObject(members.map { (name: $0.0, value: $0.1) })) }

    /// Only these members, in this order, of an object; missing ones are left out.
    func keeping(_ names: [String]) -> WireValue {
        guard let object else { return self }
        return WireValue(members: names.compactMap { name in object[name].map { (name, $0) } })
    }
}
