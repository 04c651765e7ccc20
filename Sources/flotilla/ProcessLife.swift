import Fleet
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs the services of one process: the first SIGTERM or SIGINT drains, a second cancels, and a parent that is gone
/// drains too. What cannot end, because Redis is gone, is ended: leases give its jobs back.
struct ProcessLife {
    let settings: Settings
    let logger: Logger
    /// How long a drain may take that nobody watches over.
    var grace = Duration.seconds(5)
    /// What SIGHUP means to this process; nothing for most.
    var onHangup: @Sendable () -> Void = {}

    func run(_ services: [any Service]) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup)
                }, logger: logger))
        let watch = try ParentWatch(environment: settings.environment) {
            Task {
                await group.triggerGracefulShutdown()
                await endHard(after: grace + .seconds(2))
            }
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await group.run()
                return true
            }
            tasks.addTask {
                var count = 0
                for await signal in signals {
                    guard signal != .sighup else {
                        onHangup()
                        continue
                    }
                    count += 1
                    logger.info("received \(signal), \(count == 1 ? "draining" : "stopping at once")")
                    if count > 1 {
                        // Outlives this group, which waits for services that may never end.
                        Task { await endHard(after: .seconds(2)) }
                        return true
                    }
                    await group.triggerGracefulShutdown()
                }
                return false
            }
            while let ended = try await tasks.next(), !ended {}
            tasks.cancelAll()
        }
        withExtendedLifetime(watch) {}
    }

    /// A settlement is tried for as long as the process lives, so without Redis no drain would ever end.
    private func endHard(after limit: Duration) async {
        try? await ContinuousClock().sleep(for: limit)
        logger.error("not drained within \(limit); the leases give its jobs back")
        _exit(ExitStatus.failed.rawValue)
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
