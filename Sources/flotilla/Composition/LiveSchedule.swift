import JobQueue
import Logging
import Scheduler
import Synchronization

/// The active version of the schedule, as a process sees it that runs no jobs itself.
final class LiveSchedule: Sendable {
    private let broker: Broker
    private let logger: Logger
    private let state: Mutex<(file: ScheduleFile, follower: VersionFollower)>
    private let (looks, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// How often it looks when it hears nothing.
    private static let interval = Duration.seconds(2)

    /// - Parameter version: that of the file; nil for one that was never activated.
    init(_ file: ScheduleFile, version: ScheduleStamp?, broker: Broker, logger: Logger) {
        self.broker = broker
        self.logger = logger
        state = Mutex((file, VersionFollower(running: version)))
    }

    /// The newest that could be read here.
    var file: ScheduleFile { state.withLock { $0.file } }

    func lookSoon() { signal.yield() }

    /// Goes on until cancelled.
    /// - Parameter changed: called with each version that is active from now on.
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

    /// - Returns: what is active now, if it is another than before.
    private func look() async -> ScheduleFile? {
        // Without an answer the next look asks; whoever does work says that Redis is away.
        guard let active = try? await broker.activeVersion() else { return nil }
        guard state.withLock({ $0.follower.sees(active) }) else { return nil }
        guard let version = try? await broker.schedule() else { return nil }
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
