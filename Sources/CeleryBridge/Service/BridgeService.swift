import JobQueue
package import Logging
import Redis
import ServiceLifecycle
package import Worker

/// What goes on beside the jobs while a worker serves Celery queues: answers, the bell, the messages of lost Celery
/// workers, results for another server.
package struct BridgeService: Service {
    private let bridge: TaskBridge
    private let control: ControlService
    private let bell: MessageBell
    private let clock: any Clock<Duration>
    private let logger: Logger

    private static let restoring = Duration.seconds(10)
    private static let telling = Duration.seconds(2)

    /// Does nothing yet.
    /// - Parameters:
    ///   - actions: what control requests change beyond this process.
    ///   - events: sends the heartbeat that a request may ask for.
    ///   - allowsChanges: false for `control: read-only`.
    package init(
        bridge: TaskBridge, actions: any ControlActions, events: EventSender, allowsChanges: Bool,
        clock: any Clock<Duration>, logger: Logger
    ) {
        self.bridge = bridge
        self.clock = clock
        self.logger = logger
        control = ControlService(
            node: bridge.node, broker: bridge.messages, actions: actions, events: events,
            allowsChanges: allowsChanges, logger: logger)
        let messages = bridge.messages
        bell = MessageBell(
            broker: bridge.broker, place: bridge.rules.place, scripts: bridge.scripts, clock: clock, logger: logger,
            makeReader: { messages.blockingReader() })
    }

    /// The wait of an idle worker, which the bell ends too.
    package func wakeUps(_ native: any WakeUps) -> any WakeUps { BellWakeUps(native, bell: bell) }

    /// Runs until the task is cancelled or a graceful shutdown begins.
    package func run() async throws {
        await remember(since: 0)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { try? await control.run() }
                group.addTask { await bell.run { bridge.lines() } }
                group.addTask { await restore() }
                group.addTask { await tell() }
                if bridge.rules.place.resultsAreElsewhere, let queue = bridge.rules.queues.first?.native {
                    group.addTask { await ResultOutbox(bridge: bridge, clock: clock, chordQueue: queue).run() }
                }
            }
        }
    }

    private func restore() async {
        while !Task.isCancelled {
            await logged("messages of lost Celery workers are not restored") {
                let now = try await bridge.broker.clock.now()
                _ = try await UnackedRestorer(bridge: bridge).pass(now: now)
            }
            do { try await clock.sleep(for: Self.restoring) } catch { return }
        }
    }

    private func tell() async {
        var last: Int64?
        while !Task.isCancelled {
            await logged("results of jobs that ended by themselves are not stored") {
                let now = try await bridge.broker.clock.now()
                try await UntoldJobs(bridge: bridge).look(since: last)
                last = now
                await remember(since: now - 60_000)
            }
            do { try await clock.sleep(for: Self.telling) } catch { return }
        }
    }

    /// Learns what was revoked while this process was away, or could not be heard.
    private func remember(since: Int64) async {
        await logged("revoked tasks are not known") {
            let ids = try await bridge.revokedStore.ids(since: since)
            let now = bridge.node.now()
            bridge.node.revoked.add(ids.filter { !bridge.node.revoked.contains($0, now: now) }, now: now)
        }
    }

    private func logged(_ what: String, _ body: () async throws -> Void) async {
        do { try await body() } catch {
            if !Task.isCancelled { logger.warning("\(what): \(error)") }
        }
    }
}
