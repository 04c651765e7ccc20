import Testing

@testable import CeleryBridge

struct ControlRequestTests {
    private static func request(_ members: String) throws -> ControlRequest {
        let body = WireValue.text("{\"method\": \"ping\", \(members)}").json
        return try ControlRequest(Array("{\"body\": \(body)}".utf8))
    }

    @Test func `a recorded request is read with its clock and its reply address`() throws {
        let entry = try Captures.file("control")["control-inspect-ping-pattern"]?.object
        let text = try #require(entry?["request"]?.string)
        let request = try ControlRequest(Array(text.utf8))
        #expect(request.method == "ping")
        #expect(request.clock == 74)
        #expect(request.reply?.routingKey == "264c9ad5-6c19-3517-a78d-463c1ca9cb26")
        #expect(request.isFor("w1@host1"))
        #expect(!request.isFor("other@host1"))
    }

    @Test(arguments: [
        ("\"destination\": [\"a@h\", \"b@h\"]", true), ("\"destination\": [\"b@h\"]", false),
        ("\"destination\": \"a@h\"", true), ("\"destination\": []", true), ("\"destination\": [5]", false),
        ("\"pattern\": \"a*\", \"matcher\": \"glob\"", true), ("\"pattern\": \"b*\", \"matcher\": \"glob\"", false),
        ("\"pattern\": \"b*\"", true), ("\"pattern\": \"(\", \"matcher\": \"pcre\"", false),
        ("\"destination\": [\"b@h\"], \"pattern\": \"a*\", \"matcher\": \"glob\"", false),
    ])
    func `a request is for the nodes that it names`(_ members: String, _ isForA: Bool) throws {
        #expect(try Self.request(members).isFor("a@h") == isForA)
    }

    @Test(arguments: [
        "", "\u{FFFD}", "null", "[]", "{}", "{\"body\": 5}", "{\"body\": \"[1]\"}", "{\"body\": \"{}\"}",
        "{\"body\": \"{\\\"method\\\": 5}\"}",
        "{\"body\": \"x\", \"content-type\": \"application/x-python-serialize\"}",
        "{\"body\": \"!!!\", \"properties\": {\"body_encoding\": \"base64\"}}",
    ])
    func `what is no request is refused with a sentence`(_ text: String) {
        #expect(throws: WireError.self) { try ControlRequest(Array(text.utf8)) }
    }

    @Test func `answers go to lists of control replies alone`() throws {
        let other = "\"reply_to\": {\"exchange\": \"celery\", \"routing_key\": \"x\"}"
        #expect(try Self.request(other).reply == nil)
        #expect(try Self.request("\"reply_to\": 5").reply == nil)
        let right = "\"reply_to\": {\"exchange\": \"reply.celery.pidbox\", \"routing_key\": \"x\"}, \"ticket\": \"t\""
        #expect(try Self.request(right).reply == .init(routingKey: "x", ticket: .text("t")))
    }

    @Test func `the sender is who has just published and is not of the fleet`() {
        let clients = """
            id=3 addr=10.0.0.7:5000 name= idle=0 cmd=publish user=default
            id=4 addr=10.0.0.7:5001 name= idle=0 cmd=brpop user=default
            id=5 addr=10.0.0.9:5002 name=flotilla idle=0 cmd=publish user=default
            id=6 addr=10.0.0.8:5003 name= idle=40 cmd=publish user=default
            """
        #expect(SenderTrace.hosts(in: clients) == "10.0.0.7")
        #expect(SenderTrace.hosts(in: "") == nil)
        #expect(SenderTrace.hosts(in: clients + "\nid=7 addr=[::1]:80 name= idle=1 cmd=publish") == "10.0.0.7 or [::1]")
    }
}
