import ArgumentParser
import Documents
import ScheduleConfiguration
import Scheduler
import Time

extension Schedule {
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the schedule with a file of expected times; for CI.",
            discussion: """
                The file holds a list, tests, of entries with: name (of an entry), or cron and timezone or every; \
                expect, the times at which it runs, from the first of them or from the time from on, as many as are \
                listed or until the time until; not, times at which it must not run. A time without an offset is one \
                of the entry's own zone. Exit status 0: all as expected; 1: not.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file of expected times.") var file: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let schedule = try Composition(common).schedule()
            let tests = try ScheduleExpectation.read(path: file, against: schedule)
            let results = tests.map { (test: $0, difference: $0.difference()) }
            let failed = results.filter { !$0.difference.isEmpty }
            if json {
                Terminal.printDocument(ScheduleTestDocument(results))
            } else {
                for result in results { show(result.test, result.difference) }
            }
            guard failed.isEmpty else {
                throw CommandFailure(
                    .failed,
                    "\(failed.count) of \(results.count) tests in \(file) failed. Mend the schedule, or what is "
                        + "expected of it.")
            }
        }

        private func show(_ test: ScheduleExpectation, _ difference: ScheduleExpectation.Difference) {
            print("\(difference.isEmpty ? "ok    " : "FAILED")  \(file):\(test.line): \(Shown.line(test.subject))")
            let changes =
                difference.missing.map { (at: $0, text: "- \(Self.shown($0, test))  expected, does not run") }
                + difference.surplus.map { (at: $0, text: "+ \(Self.shown($0, test))  runs, not expected") }
            for change in changes.sorted(by: { $0.at < $1.at }) { print("          \(change.text)") }
        }

        private static func shown(_ time: Int64, _ test: ScheduleExpectation) -> String {
            let local = UpcomingRun.LocalTime(unix: time / 1_000, cadence: test.cadence)
            return Timestamp.text(time) + (local.map { "  \($0.shown)" } ?? "")
        }
    }
}
