import Testing

@testable import JobQueue

@Suite struct JobFailureTests {
    private func print(_ type: String, _ message: String) -> String {
        JobFailure(type: type, message: message, at: 0).fingerprint
    }

    @Test func `errors that differ in numbers, ids, times and blanks are one`() {
        let first = print("http", "GET /orders/17 took 30.5 s at 2026-01-02T03:04:05Z")
        #expect(first == print("http", "GET /orders/4711 took 1 s at 1999-12-31T00:00:00Z"))
        #expect(first == print("http", "GET\t/orders/17  took\n30.5 s at 2026-01-02T03:04:05Z"))
        #expect(print("a", "id 550e8400-e29b") == print("a", "id 1b4e28ba-2fa1"))
    }

    @Test func `errors of another type or other words differ`() {
        let prints = [
            print("http", "refused"), print("tcp", "refused"), print("http", "lost"), print("httpr", "efused"),
            print("", ""),
        ]
        #expect(Set(prints).count == prints.count)
    }

    @Test func `a fingerprint is eight hexadecimal digits that never change`() {
        for number in 0..<2_000 {
            let text = print("t\(number)", "word")
            #expect(text.count == 8 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
        #expect(print("timeout", "The attempt took longer than it may.") == "970d9185")
    }

    @Test func `a huge message is cut off but told apart by its end`() {
        let long = String(repeating: "word ", count: 10_000)
        let failure = JobFailure(type: "t", message: long + "x", at: 0)
        #expect(failure.message.count == 2_000)
        #expect(failure.fingerprint != print("t", long + "y"))
    }

    @Test func `an outcome is one line of JSON whatever the message holds`() throws {
        let failure = JobFailure(type: "t", message: "a\nb\t\"c\" \u{2028} \u{0} 🚀", at: 5)
        let outcome = Completion.outcome(of: failure)
        #expect(!outcome.utf8.contains(0x0A) && !outcome.utf8.contains(0x09))
        let events = JobEvent.text([JobEvent(at: 1, event: "failed", detail: failure.message)])
        #expect(!events.utf8.contains(0x0A))
        #expect(JobEvent.list(events).first?.detail == failure.message)
    }
}
