import CeleryBridge
import Testing

struct TaskMessageTests {
    @Test func `each recorded message of a producer is decoded`() throws {
        var decoded = 0
        for (name, recording) in try Captures.messages().members where name.contains("producer-") {
            for raw in recording.object?["messages"]?.list?.compactMap(\.string) ?? [] {
                if name.hasSuffix("pickle") || name.hasSuffix("bzip2") {
                    #expect(throws: MessageFault.self, "\(name)") { try TaskMessage(raw: Array(raw.utf8)) }
                    continue
                }
                let message = try TaskMessage(raw: Array(raw.utf8))
                #expect(message.task.contains("."), "\(name)")
                #expect(message.id == message.correlationID, "\(name)")
                decoded += 1
            }
        }
        #expect(decoded > 70)
    }

    @Test func `each hand-made message that Celery's worker runs is decoded`() throws {
        for (name, _) in try Captures.messages().members where name.contains("ok-") {
            let message = try TaskMessage(raw: Captures.message(name))
            #expect(message.id == name.replacing("v534-", with: ""))
            #expect(message.task == "flotilla.test.echo")
        }
    }

    @Test(arguments: [
        ("bad-base64", "DecodeError"), ("bad-body-not-triple", "InvalidTaskError"),
        ("bad-body-object", "InvalidTaskError"), ("bad-compression-unknown", "DecodeError"),
        ("bad-eta", "InvalidTaskError"), ("bad-expires", "InvalidTaskError"), ("bad-json-body", "DecodeError"),
        ("bad-no-task-header", "InvalidTaskError"), ("bad-pickle", "ContentDisallowed"),
        ("bad-task-null", "NotRegistered"), ("bad-typed-unknown", "DecodeError"),
    ])
    func `a bad message fails under its id`(_ name: String, _ type: String) throws {
        let raw = try Captures.message(name)
        let fault = #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        #expect(fault?.id == name)
        #expect(fault?.failure.type == type)
        #expect(fault?.sentence.isEmpty == false)
    }

    @Test func `without an id header the correlation id counts`() throws {
        #expect(try TaskMessage(raw: try Captures.message("bad-no-id")).id == "bad-no-id")
    }

    @Test func `a message without an id cannot be answered`() throws {
        let raw = try Captures.message("bad-envelope-not-json")
        let fault = #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        #expect(fault?.id == nil)
    }

    @Test func `a message without a delivery tag runs`() throws {
        let message = try TaskMessage(raw: Captures.message("bad-no-delivery-tag"))
        #expect(message.deliveryTag == nil)
    }

    @Test func `pickle is named in the refusal`() throws {
        let raw = try Captures.message("bad-pickle")
        let fault = #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        #expect(fault?.sentence.contains("Refusing to deserialize pickle") == true)
    }

    @Test func `protocol 1 becomes the same message`() throws {
        for name in ["ok-protocol1", "producer-protocol1"] {
            let message = try TaskMessage(raw: Captures.message(name))
            #expect(message.version == 1)
            #expect(message.args.count >= 1, "\(name)")
            #expect(message.headers["args"] == nil)
        }
    }

    @Test(arguments: [
        ("\"\"", nil), ("5", "5"), ("null", nil), ("[1]", nil), ("\"not a uuid\"", "not a uuid"),
    ])
    func `an id is text or a number`(_ json: String, _ id: String?) throws {
        let raw = Self.envelope(headers: "\"task\": \"a.b\", \"id\": \(json)")
        if let id {
            #expect(try TaskMessage(raw: raw).id == id)
        } else {
            #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        }
    }

    @Test func `an id of a megabyte is an id`() throws {
        let id = String(repeating: "x", count: 1 << 20)
        #expect(try TaskMessage(raw: Self.envelope(headers: "\"task\": \"a.b\", \"id\": \"\(id)\"")).id == id)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("9999-12-31T23:59:59.999+00:00", 253_402_300_799_999),
        ("2026-01-02T03:04:05.678901+02:00", 1_767_315_845_678), ("2026-01-02T03:04:05", 1_767_323_045_000),
        ("2024-02-29", 1_709_164_800_000), ("10000-01-01T00:00:00+00:00", nil), ("2023-02-29T00:00:00", nil),
        ("2026-01-02T25:00:00", nil), ("garbage", nil),
    ])
    func `times are read in the years that Python knows`(_ text: String, _ millis: Int64?) throws {
        let raw = Self.envelope(headers: "\"task\": \"a.b\", \"id\": \"i\", \"eta\": \"\(text)\"")
        if let millis {
            let message = try TaskMessage(raw: raw)
            #expect(message.eta == millis)
            let again = ISOTime.milliseconds(ISOTime.text(millis))
            #expect(again == millis)
        } else {
            let fault = #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
            #expect(fault?.id == "i")
        }
    }

    @Test func `bounds are kept`() throws {
        let raw = try Captures.message("producer-compressed-zlib")
        let fault = #expect(throws: MessageFault.self) {
            try TaskMessage(raw: raw, bounds: MessageBounds(bodyBytes: 10))
        }
        #expect(fault?.sentence.contains("more than 10 bytes") == true)
        #expect(throws: MessageFault.self) { try TaskMessage(raw: raw, bounds: MessageBounds(messageBytes: 10)) }
    }

    @Test(arguments: ["[1, {}, {}]", "[[], [1], {}]", "[[], {}, 3]", "[[], {}, {\"chain\": [3]}]", "\"abc\"", "{}"])
    func `a body that is no call is refused`(_ body: String) {
        let raw = Self.envelope(headers: "\"task\": \"a.b\", \"id\": \"i\"", body: body)
        let fault = #expect(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        #expect(fault?.failure.type == "InvalidTaskError")
        #expect(fault?.id == "i")
    }

    static func envelope(headers: String, body: String = "[[], {}, {}]") -> [UInt8] {
        Array(
            """
            {"body": \(WireValue.text(body).json), "content-encoding": "utf-8", "content-type": "application/json",
            "headers": {\(headers)}, "properties": {"delivery_info": {"exchange": "", "routing_key": "celery"}}}
            """.utf8)
    }
}
