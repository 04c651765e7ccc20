import Testing

@testable import flotilla

/// What an error's document says.
@Suite struct FailureReportTests {
    @Test(arguments: [
        ("No job 'a' is remembered. Look in 'flotilla jobs list'.", "No job 'a' is remembered.", "Look in "),
        ("Redis at 127.0.0.1:1 is version 7.0.15. Install 8.", "Redis at 127.0.0.1:1 is version 7.0.15.", "Install 8."),
        ("'x' is no key of v1.2", "'x' is no key of v1.2", "Mend what was given"),
        ("f:1:2: one. Mend it.\nf:3:4: another. Mend it.", "f:1:2: one. Mend it.\nf:3:4: anoth", "Mend each"),
    ])
    func `it tells what is wrong from what to do`(_ text: String, _ message: String, _ remedy: String) {
        let parts = FailureReport.split(text, .usage)
        #expect(parts.message.hasPrefix(message) && parts.remedy.hasPrefix(remedy), "\(parts)")
    }

    @Test func `JSON is asked for by every spelling of it, and not by a text`() {
        for words in [["a", "--json"], ["a", "-o", "json"], ["a", "--output=json"], ["a", "-ojson"]] {
            #expect(FailureReport.wantsJSON(words), "\(words)")
        }
        for words in [["a", "--", "--json"], ["a", "-o", "wide"], ["a", "json"], []] {
            #expect(!FailureReport.wantsJSON(words), "\(words)")
        }
    }
}
