import Testing

@testable import JobQueue

@Suite struct JSONSyntaxTests {
    @Test(arguments: [
        "{}", "[]", "[[],{}]", "0", "-0", "-0.5e-10", "1E+5", "1e999", "true", "false", "null", "\"\"",
        "\"\\u00e9\\ud83d\\ude00\\n\\/\"", " \t\r\n[ 1 , 2 ] \n", "{\"a\":1,\"a\":2}", "{\"\":{\"b\":[null]}}",
        "\"\u{7F}\u{2028}\u{FFFF}😀\"", "123456789012345678901234567890",
    ])
    func `what RFC 8259 allows is JSON`(_ text: String) {
        #expect(JSONSyntax.problem(in: text.utf8) == nil)
    }

    @Test(arguments: [
        "", " ", "\u{FEFF}{}", "\u{FEFF}",
        "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "{,}", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{\"a\":1]", "[1}", "{a:1}", "{'a':1}", "{1:1}", "NaN", "-NaN", "Infinity", "-Infinity", "nul",
        "nulll", "True", "undefined", "+1", "01", "-01", "00", ".5", "5.", "1.e5", "1e", "1e+", "-", "0x10", "1_000",
        "1 2", "{} {}", "[] x", "[1 2]",
        "\"", "\"\\\"", "\"a\nb\"", "\"a\u{0}b\"", "\"\u{1F}\"", "\"\\x41\"", "\"\\u12\"",
        "\"\\u12G4\"", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"", "\"\\udc00\"",
        "\"\\ude00\\ud83d\"", "// c\n1", "[1]/**/", "\u{A0}1", "1\u{2028}", "\u{0}", "1\u{0}",
    ])
    func `what a parser refuses is none`(_ text: String) throws {
        let problem = try #require(JSONSyntax.problem(in: text.utf8), "\(text.debugDescription)")
        #expect(problem.hasSuffix("."))
        #expect(throws: JobQueueError.self) { try JobPayload(json: text) }
    }

    @Test func `a byte order mark is named, and so is the place of a mistake`() {
        #expect {
            try JobPayload(json: "\u{FEFF}{\"a\": 1}")
        } throws: {
            "\($0)".hasPrefix("The arguments are not JSON: they begin with a byte order mark, which JSON has not.")
        }
        #expect(JSONSyntax.problem(in: "{\"a\": tru}".utf8) == "there is no JSON value, at byte 6.")
        #expect(JSONSyntax.problem(in: [0x22, 0xC3, 0x22]) == "they are not UTF-8.")
    }

    @Test func `any depth is read without recursion`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(JSONSyntax.problem(in: deep.utf8) == nil)
        #expect(JSONSyntax.problem(in: deep.utf8, depthLimit: 99_999) != nil)
    }
}
