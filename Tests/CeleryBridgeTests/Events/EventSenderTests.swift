import Logging
import Redis
import Synchronization
import TestSupport
import Testing

@testable import CeleryBridge

@Suite(.timeLimit(.minutes(1)))
struct EventSenderTests {
    /// What a subscriber has received, by channel.
    private final class Received: Sendable {
        let messages = Mutex<[RedisMessage]>([])

        func count(_ channel: String) -> Int { messages.withLock { $0.count { $0.channel.hasSuffix(channel) } } }
    }

    private static func registry(_ client: RedisClient, _ now: @escaping @Sendable () -> Int64) -> NodeRegistry {
        NodeRegistry(redis: client, key: "nodes", serverTime: { now() })
    }

    @Test func `one of the others removes a node that gave no life sign, and only one`() async throws {
        let client = try await SharedServer.client()
        let time = Mutex<Int64>(1_000_000)
        let registry = NodeRegistry(redis: client, key: "nodes", serverTime: { time.withLock { $0 } })
        let nodes = ["a@h", "b@h", "c@h"].map { SampleNode(name: $0).node }
        for node in nodes { _ = try await registry.refresh(node) }
        #expect(try await registry.refresh(nodes[0]).peers.sorted() == ["a@h", "b@h", "c@h"])
        time.withLock { $0 += NodeRegistry.patience + 1 }
        async let first = registry.refresh(nodes[0])
        async let second = registry.refresh(nodes[1])
        let lost = try await first.lost.map(\.node) + second.lost.map(\.node)
        // Each of the two may have found the other's old entry before it was refreshed.
        #expect(lost.count { $0 == "c@h" } == 1)
        #expect(try await registry.refresh(nodes[1]).peers.sorted() == ["a@h", "b@h"])
    }

    @Test func `nodes of other queues are no peers, and foreign entries do no harm`() async throws {
        let client = try await SharedServer.client()
        let registry = Self.registry(client) { 5 }
        _ = try await client.send(["HSET", "nodes", "odd@h", "no JSON"])
        _ = try await registry.refresh(SampleNode(name: "a@h", queues: ["other"]).node)
        let found = try await registry.refresh(SampleNode(name: "b@h").node)
        #expect(found.peers == ["b@h"])
        #expect(found.lost.isEmpty)
    }

    @Test func `a monitor hears of workers and tasks, and of the end`() async throws {
        let client = try await SharedServer.client()
        let sample = SampleNode()
        let channels = ["worker.online", "worker.heartbeat", "worker.offline", "task.multi"].map { "/0.celeryev/\($0)" }
        let subscription = client.subscription(to: channels)
        defer { subscription.close() }
        let received = Received()
        let listening = Task {
            for await case .message(let message) in subscription {
                received.messages.withLock { $0.append(message) }
            }
        }
        defer { listening.cancel() }
        try await eventually("the monitor listens") {
            let reply = try await client.send(["PUBLISH", .text(channels[1]), "x"])
            return try reply.int() == 1
        }
        let clock = ManualClock()
        let sender = EventSender(
            node: sample.node, broker: client, registry: Self.registry(client) { 5 }, clock: clock, logger: .quiet)
        _ = sample.node.events.enable(true)
        let running = Task { try await sender.run() }
        try await eventually("worker-online") { received.count("online") == 1 }
        sample.node.started(TaskSummary(id: "a", name: "flotilla.test.echo"))
        sample.node.succeeded("a", runtime: 0.5, result: "1")
        try await eventually("a batch") {
            clock.advance(by: .milliseconds(20))
            return received.count("task.multi") == 1
        }
        let batch = try #require(received.messages.withLock { $0.last { $0.channel.hasSuffix("task.multi") } })
        let envelope = try #require(try WireValue.parse(batch.payload).object)
        let events = try WireValue.parse(Base64.decode(envelope["body"]?.string ?? "")).list ?? []
        #expect(events.compactMap { $0.object?["type"]?.string } == ["task-started", "task-succeeded"])
        running.cancel()
        _ = await running.result
        try await eventually("worker-offline") { received.count("offline") == 1 }
        #expect(try await client.send(["HLEN", "nodes"]).int() == 0)
    }

    @Test func `requests are answered to those who wait, and to nobody else`() async throws {
        let client = try await SharedServer.client()
        let sample = SampleNode()
        let registry = Self.registry(client) { 5 }
        let events = EventSender(
            node: sample.node, broker: client, registry: registry, clock: ManualClock(), logger: .quiet)
        let service = ControlService(
            node: sample.node, broker: client, actions: RecordedActions(), events: events, allowsChanges: true,
            logger: .quiet)
        let entry = try #require(try Captures.file("control")["control-inspect-ping-pattern"]?.object)
        let request = Array(try #require(entry["request"]?.string).utf8)
        let oid = "264c9ad5-6c19-3517-a78d-463c1ca9cb26"
        let list = "\(oid).reply.celery.pidbox"
        await service.take(request)
        #expect(try await client.send(["EXISTS", .text(list)]).int() == 0)
        let binding = "\(oid)\u{6}\u{16}\u{6}\u{16}\(list)"
        _ = try await client.send(["SADD", "_kombu.binding.reply.celery.pidbox", .text(binding)])
        await service.take(request)
        await service.take([0xFF])
        let reply = try await client.send(["LINDEX", .text(list), "0"]).string()
        let body = try WireValue.comparable(reply).object?["body"]
        #expect(body == ControlPanel.object([("w1@host1", ControlPanel.ok("pong"))]))
        #expect(try await client.send(["LLEN", .text(list)]).int() == 1)
        #expect(try await client.send(["TTL", .text(list)]).int() > 0)
        // Received 74 twice, and sent once.
        #expect(sample.node.clock.value == 77)
    }
}
