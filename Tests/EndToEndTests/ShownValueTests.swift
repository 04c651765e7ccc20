import Documents
import Foundation
import Testing

@testable import flotilla

/// Times and numbers of any size are shown, and documents are valid whatever they are made of.
@Suite struct ShownValueTests {
    @Test(arguments: [Int64.min, .min + 1, -62_135_596_800_001, -1, 0, 253_402_300_800_000, 1 << 53, .max])
    func `a time is RFC 3339 with a year of four digits`(_ milliseconds: Int64) {
        let text = Timestamp.text(milliseconds)
        let form = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z/
        #expect(text.wholeMatch(of: form) != nil, "\(text)")
        _ = Shown.age(milliseconds: milliseconds)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, 0.125])
    func `a rate is shown`(_ value: Double) {
        #expect(!Shown.rate(value).isEmpty)
        #expect(Self.isJSON(JSONText.of(value)))
    }

    @Test(arguments: ["\u{FEFF}{}", "{", "NaN", "\"\\ud800\"", "1 2", "\u{0}", "a\nb", "01"])
    func `text that is no JSON is shown as a text`(_ text: String) throws {
        let document = JSONText.of(OrderedFields([("args", RawJSON(text)), ("\u{FEFF}\n", RawJSON(text))]))
        let read = try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: String]
        // Foundation's reader leaves out a mark at the beginning of a text.
        #expect(read?["args"] == text || "\u{FEFF}" + (read?["args"] ?? "") == text)
    }

    private static func isJSON(_ text: String) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
    }
}
