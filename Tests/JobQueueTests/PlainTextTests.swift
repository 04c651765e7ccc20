import Testing

@testable import JobQueue

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("plain, Größe 漢字 🚀", "plain, Größe 漢字 🚀"), ("a\r\nb", #"a\u{d}\u{a}b"#), ("\u{1b}[31m", #"\u{1b}[31m"#),
        ("\u{0}\u{7f}\u{9b}", #"\u{0}\u{7f}\u{9b}"#), ("\u{202e}x\u{2066}", #"\u{202e}x\u{2066}"#),
        ("a\u{2028}b", #"a\u{2028}b"#), ("", ""),
    ])
    func `what steers a terminal is spelt out`(_ text: String, _ shown: String) {
        #expect(PlainText.line(text) == shown)
    }

    @Test func `a long text is cut, and so is one character of a megabyte`() {
        #expect(PlainText.line("abcdef", limit: 3) == "abc…")
        #expect(PlainText.line("abc", limit: 3) == "abc")
        let heap = "a" + String(repeating: "\u{301}", count: 1 << 20)
        #expect(PlainText.line(heap).unicodeScalars.count == 81)
    }
}
