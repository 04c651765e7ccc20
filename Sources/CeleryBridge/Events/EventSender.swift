import Foundation
package import Logging
package import Redis
import ServiceLifecycle

/// Sends a node's events: its life signs every two seconds, and task events in batches while a monitor listens.
///
/// Ends with `worker-offline` at a graceful shutdown; stop it after what runs the tasks, so that their last events go
/// out. A lost event is not sent again: monitors show what is, and nothing depends on them.
package struct EventSender: Service {
    private let node: CeleryNode
    private let broker: RedisClient
    private let registry: NodeRegistry
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let names: BroadcastNames
    private let writer: EventWriter

    /// Seconds between two heartbeats, as Celery's workers send them.
    static let frequency = 2.0
    /// Events in one message at most.
    static let batch = 500

    /// Sends nothing yet.
    /// - Parameters:
    ///   - broker: any database of the broker's server; channels have none.
    ///   - registry: the fleet's nodes.
    package init(
        node: CeleryNode, broker: RedisClient, registry: NodeRegistry, clock: any Clock<Duration>, logger: Logger
    ) {
        self.node = node
        self.broker = broker
        self.registry = registry
        self.clock = clock
        self.logger = logger
        names = BroadcastNames(node.profile.broker)
        writer = EventWriter(node: node)
    }

    /// Sends until the task is cancelled or a graceful shutdown begins.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await publish(.online)
            await withDiscardingTaskGroup { group in
                group.addTask { await sendTaskEvents() }
                group.addTask { await sendHeartbeats() }
            }
        }
        await finish()
    }

    private func sendHeartbeats() async {
        while !Task.isCancelled {
            await refresh()
            do { try await clock.sleep(for: .seconds(Self.frequency)) } catch { return }
            await publish(.heartbeat)
        }
    }

    /// Life sign, and the end of nodes that gave none.
    private func refresh() async {
        do {
            let nodes = try await registry.refresh(node)
            node.fleet.update(nodes.peers)
            for lost in nodes.lost {
                logger.notice("celery node has vanished", metadata: ["node": "\(lost.node)"])
                _ = await publish(writer.offline(of: lost, frequency: Self.frequency))
            }
        } catch {
            logger.debug("celery nodes: not refreshed", metadata: ["error": "\(error)"])
        }
    }

    private func sendTaskEvents() async {
        for await _ in node.events.wakeUps {
            // A fifth of the time that a batch may wait, so that a full one leaves early.
            for _ in 0..<5 where node.events.count < Self.batch {
                do { try await clock.sleep(for: .milliseconds(20)) } catch { return }
            }
            await flush()
        }
    }

    private func flush() async {
        while case let entries = node.events.take(atMost: Self.batch), !entries.isEmpty {
            let receivers = await publish(writer.message(entries))
            if let receivers { node.events.heard(receivers: receivers) }
        }
        let dropped = node.events.takeDropped()
        if dropped > 0 {
            logger.warning("celery events: dropped, the broker is slow", metadata: ["events": "\(dropped)"])
        }
    }

    /// Sends a heartbeat now; a control request may ask for it.
    package func beat() async { await publish(.heartbeat) }

    private func publish(_ event: EventWriter.WorkerEvent) async {
        var load = [0.0, 0, 0]
        _ = getloadavg(&load, 3)
        let receivers = await publish(writer.message(event, frequency: Self.frequency, load: load))
        if let receivers { node.events.heard(receivers: receivers) }
    }

    /// - Returns: how many received it; nil when the broker could not be asked.
    private func publish(_ message: (routingKey: String, json: [UInt8])) async -> Int? {
        do {
            let channel = names.events(message.routingKey)
            return try await broker.send(["PUBLISH", .text(channel), .bytes(message.json)]).int(of: "PUBLISH")
        } catch {
            logger.debug("celery events: not published", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func finish() async {
        await flush()
        // One that another node has removed already was announced by it, and is announced again: it is true.
        _ = try? await registry.remove(node.name)
        await publish(.offline)
    }
}
