import Foundation
import Testing

@testable import Dashboard

struct EndpointTests {
    private func endpoint(
        _ path: String, _ parameters: [EndpointParameter] = [], method: Endpoint.Method = .get
    ) -> Endpoint {
        Endpoint(method, path, "test", parameters) { call in .text("\(path) \(call.values.keys.sorted())") }
    }

    @Test func `a path with and without a slash at its end is the same`() throws {
        let router = EndpointRouter([endpoint("/api/v1/bots")])
        #expect(try router.match("GET", "/api/v1/bots").endpoint.path == "/api/v1/bots")
        #expect(try router.match("GET", "/api/v1/bots/").endpoint.path == "/api/v1/bots")
    }

    @Test func `a literal stands before a parameter, and a dead end is left`() throws {
        let router = EndpointRouter([
            endpoint("/bots/status/enhanced"), endpoint("/bots/{bot_id}"),
            endpoint("/bots/{bot_id}/start", method: .post),
        ])
        #expect(try router.match("GET", "/bots/status/enhanced").parameters.isEmpty)
        #expect(try router.match("GET", "/bots/status").parameters == ["bot_id": "status"])
        #expect(try router.match("POST", "/bots/status/start").parameters == ["bot_id": "status"])
        #expect(throws: DashboardError.methodNotAllowed(allowed: ["GET"])) { try router.match("HEAD", "/bots/1") }
        #expect(throws: DashboardError.notFound("Not Found")) { try router.match("GET", "/bots/1/2/3") }
    }

    @Test(arguments: [
        ("12", EndpointParameter.Kind.integer, ParameterValue.integer(12)), (" 12 ", .integer, .integer(12)),
        ("-3", .integer, .integer(-3)), ("true", .flag, .flag(true)), ("OFF", .flag, .flag(false)),
        ("1.5", .number(least: nil, most: nil), .number(1.5)), ("1e3", .number(least: nil, most: nil), .number(1_000)),
        ("", .text, .text("")), ("😀 <script>", .text, .text("😀 <script>")),
    ])
    func `a parameter is read`(_ text: String, _ kind: EndpointParameter.Kind, _ value: ParameterValue) throws {
        #expect(try EndpointParameter.path("x", kind).value(text) == value)
    }

    @Test(arguments: [
        ("abc", EndpointParameter.Kind.integer, "int_parsing"), ("1.0", .integer, "int_parsing"),
        ("", .integer, "int_parsing"), ("-", .integer, "int_parsing"),
        ("99999999999999999999", .integer, "int_parsing_size"), ("501", .integer(1...500), "less_than_equal"),
        ("0", .integer(1...500), "greater_than_equal"), ("maybe", .flag, "bool_parsing"),
        ("nan", .number(least: nil, most: nil), "float_parsing"),
        ("inf", .number(least: nil, most: nil), "float_parsing"),
        ("1e999", .number(least: nil, most: nil), "float_parsing"),
        ("7.9", .number(least: 8, most: 25), "greater_than_equal"),
    ])
    func `a parameter that is none has its issue`(_ text: String, _ kind: EndpointParameter.Kind, _ type: String) {
        do throws(ValidationIssue) {
            _ = try EndpointParameter.required("x", kind).value(text)
            Issue.record("\(text) was read")
        } catch {
            #expect(error.type == type)
            #expect(error.location == [.name("query"), .name("x")])
        }
    }

    @Test func `answers of the same second are one, until something changes`() async throws {
        let shared = SharedAnswers()
        let made = Counter()
        @Sendable func make() async throws -> Answer { .text("\(await made.next())") }
        #expect(try await shared.answer("a", make: make).body == Array("1".utf8))
        #expect(try await shared.answer("a", make: make).body == Array("1".utf8))
        #expect(try await shared.answer("b", make: make).body == Array("2".utf8))
        await shared.forget()
        #expect(try await shared.answer("a", make: make).body == Array("3".utf8))
    }

    @Test func `many that ask at once get one answer, and an error is nobody else's`() async throws {
        let shared = SharedAnswers()
        let made = Counter()
        let all = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<50 { group.addTask { try await shared.answer("a") { .text("\(await made.next())") } } }
            return try await group.reduce(into: Set<String>()) { $0.insert(String(decoding: $1.body, as: UTF8.self)) }
        }
        #expect(all == ["1"])
        await #expect(throws: DashboardError.self) {
            try await shared.answer("bad") { throw DashboardError.notFound("x") }
        }
        #expect(try await shared.answer("bad") { .text("well") }.body == Array("well".utf8))
    }

    @Test func `a tag is the same for the same body alone`() {
        let tag = EntityTag.of(Array("abc".utf8))
        #expect(tag == EntityTag.of(Array("abc".utf8)))
        #expect(tag != EntityTag.of(Array("abd".utf8)))
        #expect(EntityTag.matches("\"x\", \(tag)", tag))
        #expect(EntityTag.matches("*", tag))
        #expect(!EntityTag.matches("W/\"x\"", tag))
        #expect(!EntityTag.matches(nil, tag))
    }
}

private actor Counter {
    private var count = 0
    func next() -> Int {
        count += 1
        return count
    }
}
