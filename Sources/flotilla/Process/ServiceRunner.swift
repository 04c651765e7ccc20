import Fleet
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Runs the services of one process: the first SIGTERM or SIGINT drains, a second cancels, and the end of the parent
/// drains too. A process that cannot end within its grace, because Redis is gone, exits with status 1: its jobs are
/// rescued when its leases expire.
struct ServiceRunner {
    let settings: Settings
    let logger: Logger
    /// How long a drain may take.
    var grace = Duration.seconds(5)
    /// Called on SIGHUP; has no effect in most processes.
    var onHangup: @Sendable () -> Void = {}
    /// The jobs that this process has claimed and not settled, one text for each.
    var unsettled: @Sendable () -> [String] = { [] }

    /// How long jobs that a drain has cancelled may take to be postponed.
    private static let farewell = Duration.seconds(2)

    /// - Throws: errors of the services; `CommandFailure` when jobs were left unsettled.
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
            // Runs independently of the tasks, which wait for services that may never end.
            endHard(after: count == 1 ? grace + Self.farewell : .seconds(1))
            if count > 1 { return true }
            await group.triggerGracefulShutdown()
        }
        return false
    }

    /// A settlement is repeated for as long as the process lives, so without Redis no drain would ever end. Runs on a
    /// thread of its own, so that no task of this process can delay it.
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

    /// Ends this process as a crash would: all running handlers stop.
    static func end(logger: Logger) -> @Sendable (String) -> Void {
        { reason in
            logger.critical("this worker ends itself: \(reason)")
            kill(getpid(), SIGKILL)
        }
    }

    static var host: String { ProcessInfo.processInfo.hostName }
    static var pid: Int32 { ProcessInfo.processInfo.processIdentifier }
}
