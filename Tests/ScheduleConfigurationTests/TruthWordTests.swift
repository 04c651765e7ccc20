import Testing

@testable import ScheduleConfiguration

/// Words that YAML 1.1 reads as true or false, and this file does not.
struct TruthWordTests {
    private func problem(_ keys: String) -> [String] {
        problems(
            """
            queues: { evaluation: {} }
            pools: { all: { queues: ["*"] } }
            schedules: { a: { job: evaluation, every: 1m, \(keys) } }
            """)
    }

    @Test(arguments: [
        "off", "Off", "OFF", "no", "No", "NO", "n", "N", "'false'", "\"FALSE\"", "0", "disabled", "fAlse",
    ])
    func `a word for false is answered with false`(_ word: String) {
        for key in ["enabled", "at_start"] {
            let found = problem("\(key): \(word)")
            #expect(found.count == 1 && found[0].hasSuffix("Write \(key): false."), "\(found)")
        }
    }

    @Test(arguments: ["on", "On", "ON", "yes", "Yes", "YES", "y", "Y", "'true'", "1", "tRue"])
    func `a word for true is answered with true`(_ word: String) {
        for key in ["enabled", "at_start"] {
            let found = problem("\(key): \(word)")
            #expect(found.count == 1 && found[0].hasSuffix("Write \(key): true."), "\(found)")
        }
    }

    @Test(arguments: [
        ("off", "false"), ("NO", "false"), ("n", "false"), ("yes", "true"), ("On", "true"), ("Y", "true"),
    ])
    func `in arguments the word may be meant, and so both are offered`(_ word: String, _ meant: String) {
        let found = problem("args: { reconcile: \(word) }")
        #expect(
            found.count == 1 && found[0].hasSuffix("Write \(meant), or quote it when the word is meant."), "\(found)")
    }

    @Test func `what means neither is answered with the default`() {
        #expect(problem("enabled: maybe")[0].hasSuffix("Write enabled: true."))
        #expect(problem("at_start: [1]")[0].hasSuffix("Write at_start: false."))
    }
}
