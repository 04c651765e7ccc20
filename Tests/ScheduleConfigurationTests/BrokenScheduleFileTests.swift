import Foundation
import ScheduleSupport
import Testing

@testable import ScheduleConfiguration

struct BrokenScheduleFileTests {
    /// Entries for the queue and pool that the schedules below need; three lines.
    private static let frame = """
        version: 1
        queues: { evaluation: }
        pools: { all: { queues: ["*"] } }

        """

    struct Case: CustomTestStringConvertible, Sendable {
        let text: String
        let expected: [String]
        var testDescription: String { expected.first ?? "" }
    }

    @Test(arguments: [
        Case(
            text: frame + "schedules:\n  a:\n    job: evalution\n    every: 1m\n",
            expected: [
                "6:10: no job kind is called 'evalution'. Use one of: cache-refresh, evaluation, execution, "
                    + "rebalance. Did you mean evaluation?"
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, evry: 1m }\n",
            expected: [
                "5:3: schedule 'a' has no cadence. Add every: 30s, or cron: \"0 8 * * MON-FRI\".",
                "5:25: schedule 'a' has no key 'evry'. Did you mean every?",
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, every: 30 }\n",
            expected: ["5:32: every takes a duration, not the number 30. Add a unit, for example every: 30s."]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, cron: \"0 8 * * MOM\" }\n",
            expected: ["5:40: 'MOM' is not a day-of-week. Did you mean MON? Use 0 to 7 or SUN to SAT."]),
        Case(
            text: frame + "schedules:\n  a:\n    job: evaluation\n    every: 1m\n    every: 2m\n",
            expected: ["8:5: the key 'every' is already on line 7. Remove one of the two."]),
        Case(
            text: frame + "schedules:\n  a:\n\tjob: evaluation\n",
            expected: ["6:1: a tab is used for indentation. Use spaces."]),
        Case(
            text: frame + "schedules:\n  a:\n    job: evaluation\n    cron: */10 * * * *\n",
            expected: [
                "7:11: a value that begins with '*' is read as an alias, and there is no such anchor. "
                    + "Put it in quotes, for example cron: \"*/10 * * * *\"."
            ]),
        Case(
            text:
                "limits: { coinbase: { rate: 10/x, burst: 0 } }\nqueues: { evaluation: { limit: coinbse } }\n"
                    + "pools: { all: { queues: [evaluation] } }\n",
            expected: [
                "1:29: '10/x' is not a rate. Use a whole number per s, m or h, for example 10/s.",
                "1:42: burst takes a whole number from 1 to 1000000, not the number 0. Write for example burst: 1.",
                "2:32: no limit is called 'coinbse'. Did you mean coinbase?",
            ]),
        Case(
            text:
                "queues:\n  evaluation:\n  lonely:\npools:\n"
                    + "  all: { queues: [evaluation, evalation], autoscale: { min: 1 } }\n",
            expected: [
                "3:3: no pool works the queue 'lonely', so its jobs would wait for ever. "
                    + "Add it to the queues of a pool.",
                "5:31: no queue is called 'evalation'. Did you mean evaluation?",
                "5:43: autoscale has no max. Add for example max: 4.",
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: execution, every: 1m }\n",
            expected: [
                "5:13: jobs of the kind execution go to the queue 'execution', which is not declared. "
                    + "Declare it under queues, or set queue to another."
            ]),
        Case(
            text: frame
                + "schedules:\n  a: { job: evaluation, every: 1m, overlap: queue-won, misfire: al, for_each: bots, "
                + "priority: 10, enabled: yes }\n",
            expected: [
                "5:45: 'queue-won' is not a word for overlap. Did you mean queue-one?",
                "5:65: 'al' is not a word for misfire. Did you mean all?",
                "5:79: 'bots' is not a source of entities. Use for_each: running_bots, products or a list.",
                "5:95: priority takes a whole number from 0 to 9, not the number 10. Write for example priority: 1.",
                "5:108: enabled takes true or false, not 'yes'. Write enabled: true.",
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, cron: \"0 8 * * *\", timezone: CET }\n",
            expected: [
                "5:54: 'CET' is an abbreviation or an alias, not an IANA zone, and would hide daylight saving. "
                    + "Use Europe/Berlin."
            ]),
        Case(
            text: frame + "schedules:\n  ../etc: { job: evaluation, every: 1m }\n",
            expected: [
                "5:3: '../etc' is not a name. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', "
                    + "beginning with a letter or digit."
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, every: 10s, spread: 20s, within: 1m, misfire: skip }\n",
            expected: [
                "5:45: the spread is longer than the shortest time between two ticks (10s). Use at most that.",
                "5:50: within has no effect when missed ticks are skipped. Remove it, or write misfire: once.",
            ]),
        Case(
            text: frame + "schedules:\n  a: { job: evaluation, every: 1m, args: { on: yes, hex: 0x1F, ok: 1 } }\n",
            expected: [
                "5:48: 'yes' is a truth value in some YAML versions. Write true, or quote it when the word is meant.",
                "5:58: '0x1F' is not a number that JSON can carry. Write plain decimals such as 31 or 0.5, "
                    + "or quote it.",
            ]),
        Case(text: "version: 2\n", expected: ["1:10: this version is not known. Write version: 1."]),
        Case(
            text: "- a\n- b\n",
            expected: [
                "1:1: the file takes a mapping, not a list. Use the keys version, timezone, review, limits, "
                    + "circuits, queues, pools, celery, calendars, schedules."
            ]),
        Case(
            text: "schedules: [a]\n",
            expected: [
                "1:12: schedules takes a mapping of names to entries, not a list. "
                    + "Write each as 'name:' and indent its keys."
            ]),
        Case(text: "shedules: {}\n", expected: ["1:1: the file has no key 'shedules'. Did you mean schedules?"]),
        Case(text: "", expected: ["1:1: the file is empty. Begin with version: 1 and the section schedules."]),
        Case(
            text: "# nothing\n---\n",
            expected: ["1:1: the file is empty. Begin with version: 1 and the section schedules."]),
        Case(
            text: "version: 1\n---\nversion: 1\n",
            expected: ["2:1: a second document begins here. Keep one file to one document."]),
    ])
    func `a broken file says where, what and how to mend it`(example: Case) {
        #expect(problems(example.text) == example.expected)
    }

    @Test func `several repeated keys are all reported, with the other mistakes`() {
        let text =
            Self.frame
            + "schedules:\n  a: { job: evaluation, every: 1m, job: evaluation }\n"
            + "  a: { job: nonsense, every: 5m, \"every\": 6m }\n"
        let found = problems(text)
        #expect(found.count == 4)
        #expect(found[0] == "5:36: the key 'job' is already on line 5. Remove one of the two.")
        #expect(found[1] == "6:3: the key 'a' is already on line 5. Remove one of the two.")
        #expect(found[2].hasPrefix("6:13: no job kind"))
        #expect(found[3] == "6:34: the key 'every' is already on line 6. Remove one of the two.")
    }

    @Test func `a file that cannot be read says so`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "flotilla-schedules-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let large = folder.appending(path: "large.yaml")
        try Foundation.Data(repeating: 0x23, count: 1_048_577).write(to: large)
        for (path, words) in [
            (folder.path, "this is a directory"), (folder.path + "/none.yaml", "there is no such file"),
            (large.path, "the file has 1048577 bytes"), ("/dev/null", "not a regular file"),
        ] {
            #expect { try ScheduleFile.read(path: path, known: knownNames) } throws: {
                "\($0)".hasPrefix("\(path): ") && "\($0)".contains(words)
            }
        }
    }
}
