import JobQueue
import Testing

@testable import Documents

@Suite struct RawJSONTests {
    @Test(arguments: [
        "{}", " {\"a\":1}", "1.50", "\"\\u00e9\"", "[1,\n2]", "null", "123456789012345678901234567890",
    ])
    func `JSON stays as it is, byte for byte`(_ text: String) {
        #expect(JSONText.of(RawJSON(text)) == text)
        #expect(JSONText.of(["args": RawJSON(text)]) == "{\"args\":\(text)}")
        #expect(JSONText.of([RawJSON?.some(RawJSON(text))]) == "[\(text)]")
    }

    @Test(arguments: ["\u{FEFF}{}", "{", "NaN", "\"\\ud800\"", "1 2", "\u{0}", "a\nb", "01", " "])
    func `text that is no JSON is a string`(_ text: String) {
        #expect(JSONText.of(RawJSON(text)) == CompactJSON.quoted(text))
        #expect(JSONSyntax.problem(in: JSONText.bytes(of: [RawJSON(text)])) == nil)
    }

    @Test func `an empty text is null`() { #expect(JSONText.of(RawJSON("")) == "null") }
}
