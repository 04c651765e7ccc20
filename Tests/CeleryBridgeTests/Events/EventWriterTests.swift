import Testing

@testable import CeleryBridge

struct EventWriterTests {
    private let sample = SampleNode()
    private var writer: EventWriter { EventWriter(node: sample.node) }

    /// Channel, envelope without delivery tag, and body of a published event.
    private static func parts(_ json: String) throws -> (envelope: WireObject, body: WireValue) {
        var envelope = try #require(try WireValue.parse(json).object)
        let body = try WireValue.parse(Base64.decode(envelope["body"]?.string ?? ""))
        envelope["body"] = nil
        var properties = try #require(envelope["properties"]?.object)
        #expect(properties["delivery_tag"]?.string?.count == 36)
        properties["delivery_tag"] = nil
        envelope["properties"] = .object(properties)
        return (envelope, body)
    }

    private static func parts(_ json: [UInt8]) throws -> (envelope: WireObject, body: WireValue) {
        try parts(String(decoding: json, as: UTF8.self))
    }

    /// The recorded messages of one recording on one channel.
    private static func recorded(
        _ name: String, _ channel: String
    ) throws -> [(envelope: WireObject, body: WireValue)] {
        let all = try #require(try Captures.file("events")[name]?.list)
        return try all.filter { $0.object?["channel"]?.string == "/0.celeryev/" + channel }
            .map { try parts($0.object?["message"]?.string ?? "") }
    }

    @Test(arguments: [
        (EventWriter.WorkerEvent.online, "worker-start-alone"), (.heartbeat, "events-heartbeat"),
        (.offline, "worker-warm-shutdown"),
    ])
    func `a worker event is written as Celery writes it`(
        _ event: EventWriter.WorkerEvent, _ name: String
    ) throws {
        let recorded = try #require(try Self.recorded(name, "worker.\(event.rawValue)").first)
        let (routingKey, json) = writer.message(event, frequency: 2, load: [3.934, 3.4, 1])
        let (envelope, body) = try Self.parts(json)
        #expect(routingKey == "worker.\(event.rawValue)")
        var wanted = recorded.envelope
        wanted["headers"] = .object(WireObject([("hostname", .text("w1@host1"))]))
        #expect(envelope == wanted)
        let object = try #require(body.object)
        #expect(object.members.map(\.name) == recorded.body.object?.members.map(\.name))
        #expect(object["type"] == .text("worker-\(event.rawValue)"))
        #expect(object["loadavg"] == .list([.number("3.93"), .number("3.4"), .number("1.0")]))
        #expect(object["freq"] == .number("2.0"))
    }

    @Test func `the end of a killed node is told in its name`() throws {
        let lost = NodeBeat(node: "w9@host9", pid: 7, processed: 4, group: "celery", clock: 1, at: 0)
        let (envelope, body) = try Self.parts(writer.offline(of: lost, frequency: 2).json)
        #expect(envelope["headers"] == .object(WireObject([("hostname", .text("w9@host9"))])))
        #expect(body.object?["hostname"] == .text("w9@host9"))
        #expect(body.object?["pid"] == .number("7"))
    }

    @Test(arguments: [
        "task-success", "task-failure-builtin", "task-unknown", "task-expired", "revoke-terminate", "task-reject",
    ])
    func `task events have the members that Celery's have`(_ name: String) throws {
        let recorded = try Self.recorded(name, "task.multi").flatMap { $0.body.list ?? [] }.compactMap(\.object)
        #expect(!recorded.isEmpty)
        for wanted in recorded {
            let event = try #require(Self.event(like: wanted))
            let entry = TaskEventBuffer.Entry(event: event, clock: 5, at: 1_795_346_664_500)
            let (envelope, body) = try Self.parts(writer.message([entry]).json)
            #expect(envelope["properties"]?.object?["delivery_info"]?.object?["routing_key"] == .text("task.multi"))
            let object = try #require(body.list?.first?.object)
            #expect(object.members.map(\.name) == wanted.members.map(\.name))
            for member in wanted.members where !["clock", "timestamp", "utcoffset"].contains(member.name) {
                #expect(object[member.name] == member.value, "\(member.name)")
            }
            #expect(object["timestamp"] == .number("1795346664.5"))
        }
    }

    /// The event that stands for a recorded one.
    private static func event(like object: WireObject) -> TaskEvent? {
        let id = object["uuid"]?.string ?? ""
        func flag(_ name: String) -> Bool { object[name] == .bool(true) }
        return switch object["type"]?.string {
        case "task-received":
            .received(
                TaskSummary(
                    id: id, name: object["name"]?.string ?? "", argsRepr: object["args"]?.string,
                    kwargsRepr: object["kwargs"]?.string, rootID: object["root_id"]?.string,
                    parentID: object["parent_id"]?.string, retries: object["retries"]?.int ?? 0))
        case "task-started": .started(id: id)
        case "task-succeeded":
            .succeeded(
                id: id, runtime: object["runtime"]?.double ?? 0, result: object["result"]?.string ?? "")
        case "task-failed":
            .failed(id: id, exception: object["exception"]?.string ?? "", traceback: object["traceback"]?.string)
        case "task-revoked":
            .revoked(id: id, terminated: flag("terminated"), signal: object["signum"]?.int, expired: flag("expired"))
        case "task-rejected": .rejected(id: id, requeue: flag("requeue"))
        default: nil
        }
    }
}
