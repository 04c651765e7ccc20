import Foundation

/// Writes events as Celery's monitors read them.
struct EventWriter {
    let node: CeleryNode

    /// Events of the process itself; they are sent one by one.
    enum WorkerEvent: String {
        case online, heartbeat, offline
    }

    /// One worker event, with the routing key to publish it under.
    /// - Parameters:
    ///   - frequency: seconds between two heartbeats.
    ///   - load: averages of 1, 5 and 15 minutes.
    func message(_ event: WorkerEvent, frequency: Double, load: [Double]) -> (routingKey: String, json: [UInt8]) {
        let body = object(
            "worker-\(event.rawValue)", clock: node.clock.send(), at: node.now(),
            fields: Self.state(
                frequency: frequency, active: node.running.count, processed: node.running.started, load: load,
                version: node.profile.version))
        return envelope(.object(body), "worker.\(event.rawValue)", hostname: node.name)
    }

    /// The end of another node, which was killed and cannot tell it.
    func offline(of other: NodeBeat, frequency: Double) -> (routingKey: String, json: [UInt8]) {
        let body = object(
            "worker-offline", clock: node.clock.send(), at: node.now(), hostname: other.node, pid: other.pid,
            fields: Self.state(
                frequency: frequency, active: 0, processed: other.processed, load: [0, 0, 0],
                version: node.profile.version))
        return envelope(.object(body), "worker.offline", hostname: other.node)
    }

    /// A batch of task events.
    func message(_ entries: [TaskEventBuffer.Entry]) -> (routingKey: String, json: [UInt8]) {
        let offset = entries.last.map { NodeTime.utcOffset(at: $0.at) } ?? 0
        let bodies = entries.map { entry in
            WireValue.object(
                object(entry.event.type, clock: entry.clock, at: entry.at, offset: offset, fields: entry.event.fields))
        }
        return envelope(.list(bodies), "task.multi", hostname: node.name)
    }

    private func object(
        _ type: String, clock: Int, at: Int64, offset: Double? = nil, hostname: String? = nil, pid: Int? = nil,
        fields: [(name: String, value: WireValue)]
    ) -> WireObject {
        WireObject(
            [
                ("hostname", .text(hostname ?? node.name)),
                ("utcoffset", .number(String(offset ?? NodeTime.utcOffset(at: at)))),
                ("pid", .number(String(pid ?? node.profile.pid))), ("clock", .number(String(clock))),
            ] + fields + [("timestamp", .number(NodeTime.seconds(at))), ("type", .text(type))])
    }

    private static func state(
        frequency: Double, active: Int, processed: Int, load: [Double], version: String
    ) -> [(name: String, value: WireValue)] {
        [
            ("freq", .number(String(frequency))), ("active", .number(String(active))),
            ("processed", .number(String(processed))),
            ("loadavg", .list(load.map { .number(String(($0 * 100).rounded() / 100)) })),
            ("sw_ident", .text("flotilla")), ("sw_ver", .text(version)), ("sw_sys", .text("Linux")),
        ]
    }

    private func envelope(
        _ body: WireValue, _ routingKey: String, hostname: String
    ) -> (routingKey: String, json: [UInt8]) {
        var writer = WireWriter()
        writer.value(body)
        let message = BroadcastEnvelope(
            body: writer.bytes, headers: WireObject([("hostname", .text(hostname))]), exchange: "celeryev",
            routingKey: routingKey)
        return (routingKey, message.json)
    }
}
