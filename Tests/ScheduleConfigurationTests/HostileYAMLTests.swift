import TestSupport
import Testing

@testable import ScheduleConfiguration

struct HostileYAMLTests {
    @Test func `text that is not UTF-8 is refused at its place`() {
        #expect(
            problems(bytes: Array("version: 1\n# caf".utf8) + [0xE9, 0x0A]) == [
                "2:6: this is not UTF-8 text. Save the file as UTF-8."
            ])
        #expect(problems(bytes: [0xFF, 0xFE, 0x41, 0x00]).first?.contains("not UTF-8") == true)
        #expect(
            problems("version: 1\nqueues: {\u{0}}\n") == ["2:10: there is a control character (U+0) here. Remove it."])
    }

    @Test func `a byte-order mark and Windows line ends do no harm`() throws {
        #expect(try parsed("\u{FEFF}version: 1\r\ntimezone: UTC\r\n").timezone == "UTC")
        #expect(problems("version: 1\r\nqueue: {}\r\n") == ["2:1: the file has no key 'queue'. Did you mean queues?"])
    }

    @Test func `an alias bomb is refused quickly`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
        }
        #expect(problems(text).contains { $0.contains("expand to more than 100000") })
    }

    @Test func `an alias bomb in a key is refused before it is hashed`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        for key in ["? *a60\n: 1\n", "*a60 : 1\n", "{ [*a60]: 1 }\n", "b: { ? *a60 : 1 }\n", "- ? *a60\n"] {
            #expect(problems(text + key).contains { $0.contains("where a key belongs") })
        }
    }

    @Test(arguments: ["[", "{a: ", "- ", "{? ", "[[{a: [", "&a [", "!x [", "? "])
    func `deep nesting is refused`(piece: String) {
        #expect(!problems("queues: " + String(repeating: piece, count: 20_000)).isEmpty)
        #expect(!problems("queues:\n" + String(repeating: piece, count: 60)).isEmpty)
    }

    @Test(arguments: [
        "queues: *nowhere", "queues: !ruby/object:x {}", "a: !!binary x", "? [a, b]\n: 1", "{}: 1", "version: [1",
        "version: {1",
        "version: \"1", "version: '1", "version: @x", "version: `x", "version: %x", "a: b: c", "a:\n - b\n  c: d",
        "%YAML 9.9\n---\na: 1",
        "queues: { a: 1 }", "queues: { a: [] }", "pools: { a: { queues: {} } }", "pools: { a: { queues: [[]] } }",
        "pools: { a: { queues: [] } }", "schedules: { a: }", "schedules: { a: 1 }", "schedules: { a: { args: [] } }",
        "schedules: { a: { job: [], every: {}, cron: 1 } }", "limits: { a: { rate: 1/s, reserve: { x: 1 } } }", "<<: 1",
        "<<: [1]",
        "\"\": 1\n\"\": 2", "version: ~\nversion: ~", "? ", ":", "- :", "version: 1.0", "version: '1'", "timezone: []",
        "timezone: 5",
        "\u{F0000}a: 1\n\u{F0000}a: 2", "\"\\u0061\": 1\na: 2", "queues: {\"a\\nb\": {}}", "...\n...\na", "--- |\n x",
        "\u{2028}a: 1\na: 2",
        "*a: 1\n*a: 2", "&a a: 1\n&a a: 2", "{a, a}", "[a: 1, a: 2]", "!!str a: 1\na: 2",
    ])
    func `odd YAML is refused with a place, never a crash`(text: String) {
        let found = problems(text)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.wholeMatch(of: /(?s)\d+:\d+: .+\.\s?.*/) != nil }, "\(found)")
    }

    private static let small = """
        version: 1
        queues: { evaluation: { retry: &r { attempts: 3 } }, execution: { retry: *r } }
        pools: { all: { queues: ["*"] } }
        schedules:
          a: { job: evaluation, cron: "*/5 8-18 * * MON-FRI", args: { x: 1.50 } }

        """

    @Test(arguments: [small, QueueRulesTests.text])
    func `files cut or changed at random never crash`(good: String) throws {
        #expect(problems(good) == [])
        var random = SeededRandom(seed: 99)
        let pool = Array("{}[]:,*&!?|>'\"#%@`- \n\t<0aé\u{FF}".utf8)
        for _ in 0..<400 {
            var bytes = Array(good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[index] = pool.randomElement(using: &random)!
                } else {
                    bytes.remove(at: index)
                }
            }
            _ = problems(bytes: bytes)
        }
    }
}
