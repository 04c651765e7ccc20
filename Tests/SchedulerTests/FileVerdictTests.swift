import ScheduleConfiguration
import Testing

@testable import Scheduler

/// What a file counts for, by a table of all that is known of it. The active version is number 3, activated at
/// 1 000 000, with ten entries; it is 2 000 000 now.
struct FileVerdictTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let about: String
        var file = FileVerdict.File(modified: 900_000, seen: 1_999_000)
        var activated: Int64 = 1_000_000
        var entries = 10
        var now: Int64 = 2_000_000
        var review = ReviewPolicy.never
        let verdict: FileVerdict
        var testDescription: String { about }
    }

    private static func file(
        modified: Int64? = 900_000, seen: Int64 = 1_999_000, under: Int? = nil, isKnown: Bool = false,
        removed: Int = 0, leavesNone: Bool = false, exceedsLimits: Bool = false
    ) -> FileVerdict.File {
        FileVerdict.File(
            modified: modified, seen: seen, changedUnder: under, isKnown: isKnown, removed: removed,
            leavesNone: leavesNone, exceedsLimits: exceedsLimits)
    }

    private static let years: Int64 = 10 * 365 * 86_400_000

    static let cases = [
        Case(about: "older than the active version", verdict: .conflict),
        Case(about: "newer than it", file: file(modified: 1_000_001), verdict: .edit),
        Case(
            about: "newer, with a text that was active before", file: file(modified: 1_000_001, isKnown: true),
            verdict: .edit),
        Case(about: "as old, as far as file systems tell", file: file(modified: 999_990), verdict: .edit),
        Case(about: "half a second older", file: file(modified: 999_500), verdict: .conflict),
        Case(about: "older, changed in place under it", file: file(modified: 5, under: 3), verdict: .edit),
        Case(about: "changed in place under an earlier one", file: file(under: 2), verdict: .conflict),
        Case(
            about: "changed under an earlier one, written later", file: file(modified: 1_500_000, under: 2),
            verdict: .edit),
        Case(about: "of no time, never active", file: file(modified: nil), verdict: .edit),
        Case(about: "of no time, once active", file: file(modified: nil, isKnown: true), verdict: .conflict),
        Case(about: "of a time to come, never active", file: file(modified: 2_000_000 + years), verdict: .edit),
        Case(
            about: "of a time to come, once active", file: file(modified: 2_000_000 + years, isKnown: true),
            verdict: .conflict),
        Case(
            about: "version activated by a clock that was ahead, file new", file: file(modified: 1_999_000),
            activated: years, verdict: .edit),
        Case(
            about: "version activated by a clock that was ahead, file rolled back",
            file: file(modified: 1_999_000, isKnown: true), activated: years, verdict: .conflict),
        Case(
            about: "version activated by a clock that was ahead, file changed in place",
            file: file(under: 3, isKnown: true), activated: years, verdict: .edit),
        Case(about: "half removed", file: file(modified: 1_990_000, removed: 5), verdict: .edit),
        Case(
            about: "more than half removed", file: file(modified: 1_990_000, removed: 6),
            verdict: .waiting(until: 2_050_000)),
        Case(about: "the same a minute later", file: file(modified: 1_940_000, removed: 6), verdict: .edit),
        Case(
            about: "more than half removed in place, by an old file", file: file(under: 3, removed: 6),
            verdict: .waiting(until: 2_059_000)),
        Case(
            about: "two of three removed", file: file(modified: 1_990_000, removed: 2), entries: 3,
            verdict: .waiting(until: 2_050_000)),
        Case(about: "one of two removed", file: file(modified: 1_990_000, removed: 1), entries: 2, verdict: .edit),
        Case(
            about: "all of one removed", file: file(modified: 1_990_000, removed: 1, leavesNone: true), entries: 1,
            verdict: .waiting(until: 2_050_000)),
        Case(
            about: "none of none removed", file: file(modified: 1_990_000, leavesNone: true), entries: 0, verdict: .edit
        ),
        Case(about: "most removed by a conflict", file: file(removed: 6), verdict: .conflict),
        Case(about: "a limit exceeded", file: file(modified: 1_990_000, exceedsLimits: true), verdict: .edit),
        Case(
            about: "a limit exceeded, risky ones are reviewed", file: file(modified: 1_990_000, exceedsLimits: true),
            review: .risky, verdict: .review),
        Case(
            about: "most removed a minute ago, risky ones are reviewed", file: file(modified: 1_940_000, removed: 6),
            review: .risky, verdict: .review),
        Case(
            about: "not risky, risky ones are reviewed", file: file(modified: 1_990_000), review: .risky, verdict: .edit
        ),
        Case(about: "not risky, each is reviewed", file: file(modified: 1_990_000), review: .always, verdict: .review),
        Case(
            about: "older and over a limit", file: file(exceedsLimits: true), review: .risky, verdict: .conflict),
    ]

    @Test(arguments: cases)
    func `a file is an edit, waits or is in conflict`(_ example: Case) {
        let active = FileVerdict.Active(number: 3, activated: example.activated, entries: example.entries)
        func verdict(isSame: Bool, _ active: FileVerdict.Active?) -> FileVerdict {
            FileVerdict(of: example.file, isSame: isSame, active: active, review: example.review, now: example.now)
        }
        #expect(verdict(isSame: false, active) == example.verdict)
        #expect(verdict(isSame: true, active) == .same)
        #expect(verdict(isSame: false, nil) == .edit)
    }

    @Test(arguments: [
        ("{ a: X, b: X }", "{ a: X, c: X }", "it adds c, removes b"),
        ("{ a: X }", "{ b: { job: evaluation, every: 1m, was: a } }", "it adds b"),
        ("{ a: X }", "{ a: { job: evaluation, every: 2m } }", "it changes a"),
        ("{ a: X }", "{ a: X } # same", "it differs, and no entry does"),
        ("{}", "{ a: X, b: X, c: X, d: X, e: X, f: X, g: X }", "it adds a b c d e and 2 more"),
    ])
    func `how a file differs is one line`(_ old: String, _ new: String, _ line: String) throws {
        func file(_ text: String) throws -> ScheduleFile {
            try ServiceFile.loaded(text.replacing("X", with: "{ job: evaluation, every: 1m }")).file
        }
        #expect(EntrySummary(from: try file(old), to: try file(new)).line == line)
    }
}
