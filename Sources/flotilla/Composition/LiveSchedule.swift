import JobQueue
import Logging
import ScheduleConfiguration
import Synchronization

/// The active version of the schedule, for a process that runs no jobs itself.
final class LiveSchedule: Sendable {
    private let broker: Broker
    private let logger: Logger
    private let state: Mutex<(file: ScheduleFile, follower: VersionFollower)>
    private let (looks, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// How often it checks the version without a message.
    private static let interval = Duration.seconds(2)

    /// - Parameter version: the version of the file; nil for one that was never activated.
    init(_ file: ScheduleFile, version: ScheduleStamp?, broker: Broker, logger: Logger) {
        self.broker = broker
        self.logger = logger
        state = Mutex((file, VersionFollower(running: version)))
    }

    /// The newest version that could be read here.
    var file: ScheduleFile { state.withLock { $0.file } }

    func lookSoon() { signal.yield() }

    /// Runs until cancelled.
    /// - Parameter changed: called with each version that becomes active.
    func run(changed: @escaping @Sendable (ScheduleFile) async -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await CancelCalls(broker: self.broker).listen { call in
                    switch call {
                    case .changed, .listening: self.lookSoon()
                    case .cancel: break
                    }
                }
            }
            group.addTask {
                while (try? await ContinuousClock().sleep(for: Self.interval)) != nil { self.lookSoon() }
            }
            for await _ in looks { if let file = await look() { await changed(file) } }
            group.cancelAll()
        }
    }

    /// - Returns: the active schedule, if it has changed.
    private func look() async -> ScheduleFile? {
        // When Redis does not reply, the next check asks again; workers and schedulers log that Redis is away.
        guard let active = try? await broker.schedules.activeVersion() else { return nil }
        guard state.withLock({ $0.follower.sees(active) }) else { return nil }
        guard let version = try? await broker.schedules.schedule() else { return nil }
        do {
            let file = try Composition.parse(version)
            state.withLock { state in
                state.file = file
                state.follower.takes(version.stamp)
            }
            return file
        } catch {
            state.withLock { $0.follower.refuses(version.stamp) }
            logger.error("schedule version \(version.number) cannot be read here; what runs goes on: \(error)")
            return nil
        }
    }
}
