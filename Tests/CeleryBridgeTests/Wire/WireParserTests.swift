import CeleryBridge
import Testing

struct WireParserTests {
    @Test(arguments: [
        "null", "true", "-0.5e-7", "NaN", "-Infinity", "123456789012345678901234567890", "[]", "{}",
        #"[1, {"a": "b"}, []]"#, #""q\" b\\ n\n \u00e4 \ud83d\ude00 \u007f""#,
    ])
    func `what Python wrote is written the same`(_ text: String) throws {
        #expect(try WireValue.parse(text).json == text)
    }

    @Test(arguments: [
        "", "[1,]", "{\"a\" 1}", "01", "nul", "\"a", "\"\u{1}\"", "[1] 2", "{'a': 1}", "+1", "\"\\x\"", "-", "[NaN",
    ])
    func `what is not JSON is refused with a place`(_ text: String) {
        let error = #expect(throws: WireError.self) { try WireValue.parse(text) }
        #expect(error?.sentence.contains("Byte ") == true)
    }

    @Test func `nesting has a bound`() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try WireValue.parse(deep(512))
        #expect(throws: WireError.self) { try WireValue.parse(deep(513)) }
    }

    @Test func `a lone surrogate becomes a replacement character`() throws {
        #expect(try WireValue.parse(#""\ud800x""#) == .text("\u{FFFD}x"))
        #expect(try WireValue.parse(#""\ud800\ud800\udc00""#) == .text("\u{FFFD}\u{10000}"))
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: WireError.self) { try WireValue.parse([0x22, 0xFF, 0x22]) }
    }

    @Test func `typed values stay, unknown ones are refused`() throws {
        let hex = String(repeating: "0f", count: 16)
        _ = try WireValue.parse(#"{"__type__": "uuid", "__value__": {"hex": "\#(hex)"}}"#)
        _ = try WireValue.parse(#"{"__type__": "decimal", "__value__": "-1.50"}"#)
        _ = try WireValue.parse(#"{"__type__": "time", "__value__": "12:30:01.5"}"#)
        for (type, value) in [("uuid", #"{"hex": "0"}"#), ("datetime", #""no""#), ("decimal", #""1.5.2""#)] {
            #expect(throws: WireError.self) {
                try WireValue.parse(#"{"__type__": "\#(type)", "__value__": \#(value)}"#)
            }
        }
        #expect(throws: WireError.self) { try WireValue.parse(#"{"__type__": "set", "__value__": []}"#) }
        _ = try WireValue.parse(#"{"__type__": "set", "__value__": [], "more": 1}"#)
    }

    @Test func `many members with one name end as one`() throws {
        let text = "{" + (0..<1000).map { "\"k\($0 % 100)\": \($0)" }.joined(separator: ",") + "}"
        let object = try #require(try WireValue.parse(text).object)
        #expect(object.members.count == 100)
        #expect(object["k7"] == WireValue(907))
    }

    @Test func `numbers read as Python reads them`() throws {
        #expect(try WireValue.parse("1e400").double == .infinity)
        #expect(try WireValue.parse("2.0").int == 2)
        #expect(try WireValue.parse("2.5").int == nil)
        #expect(WireValue(Double.nan).json == "NaN")
        #expect(WireValue(1.0).json == "1.0")
    }

    @Test func `repr shows values as Python does`() throws {
        let value = try WireValue.parse(#"{"a": [1, null, true, NaN], "it's": "q\"'\n\u0001"}"#)
        #expect(value.repr == #"{'a': [1, None, True, nan], "it's": 'q"\'\n\x01'}"#)
        #expect(WireValue.tupleRepr([WireValue(1)]) == "(1,)")
        #expect(WireValue.tupleRepr([]) == "()")
        #expect(WireValue.text(String(repeating: "x", count: 3000)).repr(atMost: 1024).utf8.count == 1027)
    }
}
