import Fleet
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs the services of one process: the first SIGTERM or SIGINT drains, a second cancels, and a parent that is gone
/// drains too. What cannot end within its grace, because Redis is gone, is ended with status 1: leases give its jobs
/// back.
struct ServiceRunner {
    let settings: Settings
    let logger: Logger
    /// How long a drain may take.
    var grace = Duration.seconds(5)
    /// What SIGHUP means to this process; nothing for most.
    var onHangup: @Sendable () -> Void = {}
    /// What this process holds and Redis does not know the end of, in words, one for each.
    var unsettled: @Sendable () -> [String] = { [] }

    /// How long what a drain has told to stop may take to be given back.
    private static let farewell = Duration.seconds(2)

    /// - Throws: what a service throws; `CommandFailure` when something was left unsettled.
    func run(_ services: [any Service]) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup)
                }, logger: logger))
        let watch = try ParentWatch(environment: settings.environment) {
            endHard(after: grace + Self.farewell)
            Task { await group.triggerGracefulShutdown() }
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await group.run()
                return true
            }
            tasks.addTask { await listen(to: signals, group) }
            while let ended = try await tasks.next(), !ended {}
            tasks.cancelAll()
        }
        withExtendedLifetime(watch) {}
        let left = unsettled()
        for line in left { logger.error("not settled: \(line)") }
        guard left.isEmpty else { throw CommandFailure(.failed, Self.sentence(left.count)) }
    }

    /// - Returns: true at the second signal, which cancels.
    private func listen(to signals: UnixSignalsSequence, _ group: ServiceGroup) async -> Bool {
        var count = 0
        for await signal in signals {
            guard signal != .sighup else {
                onHangup()
                continue
            }
            count += 1
            logger.info("received \(signal), \(count == 1 ? "draining" : "stopping at once")")
            // Outlives every task, which wait for services that may never end.
            endHard(after: count == 1 ? grace + Self.farewell : .seconds(1))
            if count > 1 { return true }
            await group.triggerGracefulShutdown()
        }
        return false
    }

    /// A settlement is tried for as long as the process lives, so without Redis no drain would ever end. On a thread of
    /// its own: nothing that the tasks of this process do may keep it from coming.
    private func endHard(after limit: Duration) {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: limit / .seconds(1))
            let left = unsettled()
            for line in left { logger.error("not settled: \(line)") }
            logger.error("not drained within \(limit). \(Self.sentence(left.count))")
            LogLines.finish()
            _exit(ExitStatus.failed.rawValue)
        }
    }

    private static func sentence(_ count: Int) -> String {
        "\(count) jobs were not settled; their leases give them back."
    }

    /// Ends this process as a crash would: nothing that it still runs can go on.
    static func end(logger: Logger) -> @Sendable (String) -> Void {
        { reason in
            logger.critical("this worker ends itself: \(reason)")
            kill(getpid(), SIGKILL)
        }
    }

    static var host: String { ProcessInfo.processInfo.hostName }
    static var pid: Int32 { ProcessInfo.processInfo.processIdentifier }
}
