import CeleryBridge
import Testing

struct WireObjectTests {
    @Test func `of two members with one name the last counts`() {
        let object = WireObject([("a", .null), ("b", .bool(true)), ("a", .number("1"))])
        #expect(object == WireObject([("a", .number("1")), ("b", .bool(true))]))
    }
}
