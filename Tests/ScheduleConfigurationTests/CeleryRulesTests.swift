import JobQueue
import ScheduleSupport
import Testing

@testable import ScheduleConfiguration

/// What a file and its pools say of Celery.
struct CeleryRulesTests {
    /// A file with every key of `celery`.
    static let text = """
        version: 1
        queues: { evaluation: , celery.celery: { timeout: 1h } }
        celery:
          tasks:
            reports.daily: { kind: rebalance, args: { what: weights, days: 1.50 }, parameters: [bot_id, days] }
            app.old.name: { kind: evaluation }
          track_started: true
          result_expires: 2h
          result_extended: true
          result_prefix: "results:"
          visibility_timeout: 10m
          control: read-only
          prefix: "trader:"
        pools:
          both: { queues: [evaluation], celery: { queues: [celery, Market Data], control: full, prefix: x } }
          one: { celery: { queues: [celery] }, order: strict, reserved: { celery.celery: 1 } }
        """

    @Test func `every key has its value`() throws {
        var expected = CeleryRules()
        expected.tasks = [
            CeleryTaskRule(name: "app.old.name", kind: "evaluation"),
            CeleryTaskRule(
                name: "reports.daily", kind: "rebalance", argsJSON: #"{"days":1.50,"what":"weights"}"#,
                parameters: ["bot_id", "days"]),
        ]
        expected.tracksStarted = true
        expected.resultExpires = .seconds(7_200)
        expected.extendsResults = true
        expected.resultPrefix = "results:"
        expected.visibilityTimeout = .seconds(600)
        expected.control = .readOnly
        expected.prefix = "trader:"
        expected.pools = [
            CeleryPoolRules(pool: "both", queues: ["celery", "Market Data"], control: .full, prefix: "x"),
            CeleryPoolRules(pool: "one", queues: ["celery"], control: .readOnly, prefix: "trader:"),
        ]
        let file = try parsed(Self.text)
        #expect(file.celery == expected)
        let native = ["celery.celery", "celery.market-data-09e15ba9695a24ab"]
        #expect(file.celery.pool("both")?.nativeQueues.map(\.description) == native)
        #expect(file.pools.map(\.queueNames) == [["evaluation"] + native, ["celery.celery"]])
        #expect(file.celery.pool("none") == nil)
        #expect(file.celery.queuesLeft(by: "one") == [try QueueName(native[1])])
        #expect(file.celery.queuesLeft(by: nil).count == 2 && file.celery.queuesLeft(by: "both").isEmpty)
    }

    @Test func `a file that says nothing has Celery's own defaults`() throws {
        let file = try parsed("pools: { all: { celery: { queues: [7, \"true\"] } } }\ncelery: { result_expires: 0 }\n")
        var expected = CeleryRules()
        expected.resultExpires = .zero
        expected.pools = [CeleryPoolRules(pool: "all", queues: ["7", "true"])]
        #expect(file.celery == expected)
        #expect(CeleryRules().resultExpires == .seconds(86_400) && CeleryRules().visibilityTimeout == .seconds(3_600))
        #expect(try parsed("pools: { all: { queues: [\"*\"] } }\nqueues: { a: }\n").celery == CeleryRules())
    }

    @Test func `a pool of every queue keeps its star`() throws {
        let file = try parsed("queues: { a: }\npools: { all: { queues: [\"*\"], celery: { queues: [celery] } } }\n")
        #expect(file.pools.map(\.queueNames) == [["*"]])
        #expect(file.celery.pools.map(\.queues) == [["celery"]])
    }

    private static let frame = "queues: { evaluation: }\n"

    @Test(arguments: [
        ("celery: { track_strated: true }", "2:11: celery has no key 'track_strated'. Did you mean track_started?"),
        (
            "celery: { queues: [a] }",
            "2:11: celery has no queues here. Name them in a pool: celery: { queues: [celery] }."
        ),
        (
            "celery: { visibility_timeout: 999ms }",
            "2:31: visibility_timeout takes at least 1s. Write for example visibility_timeout: 1h."
        ),
        (
            "celery: { result_expires: 1ms }",
            "2:27: result_expires takes at least 1s. Write for example result_expires: 1h."
        ),
        ("celery: { control: none }", "2:20: 'none' is not a word for control. Use one of: full, read-only."),
        (
            "celery: { result_expires: 5 }",
            "2:27: result_expires takes a duration, not the number 5. "
                + "Add a unit, for example result_expires: 5s."
        ),
        (
            "celery: { prefix: \"a\\u0006\" }",
            "2:19: prefix takes up to 200 characters without control characters. Write for example prefix: \"trader:\"."
        ),
        (
            "celery: { tasks: { a.b: { kind: evalution } } }",
            "2:33: no job kind is called 'evalution'. Did you mean evaluation?"
        ),
        (
            "celery: { tasks: { a.b: } }",
            "2:20: task 'a.b' has no kind. Add one of: cache-refresh, evaluation, execution, rebalance."
        ),
        (
            "celery: { tasks: [a.b] }",
            "2:18: tasks takes a mapping of task names to kinds, not a list. "
                + "Write { reports.daily: { kind: rebalance } }."
        ),
        (
            "celery: { tasks: { a: { kind: evaluation, args: { on: yes } } } }",
            "2:55: 'yes' is a truth value in some YAML versions. Write true, or quote it when the word is meant."
        ),
        (
            "celery: { tasks: { a: { kind: evaluation, parameters: [1x] } } }",
            "2:56: parameters takes names as Python has them, not '1x'. Write [product_id]."
        ),
    ])
    func `what cannot be is refused with its place and what would be right`(_ line: String, _ sentence: String) {
        let rest = "pools: { all: { queues: [evaluation] } }\n"
        #expect(problems(Self.frame + line + "\n" + rest) == [sentence])
    }

    @Test(arguments: [
        (
            "celery: { control: full }",
            "2:32: celery of pool 'all' has no queues. Add for example queues: [celery]."
        ),
        (
            "celery: { queues: celery }",
            "2:50: queues takes a list of Celery's queues, not 'celery'. Write [celery, market-data]."
        ),
        ("celery: { queues: [a, b, a] }", "2:57: the queue 'a' is listed twice. Remove one of the two."),
        (
            "celery: { queues: [\"a\\u0006\\u00163\"] }",
            "2:51: queues takes names of Celery's queues, 1 to 200 characters without control characters, not "
                + "'a  3'. Write [celery, market-data]."
        ),
        (
            "celery: { queues: [a], tasks: {} }",
            "2:55: celery of pool 'all' has no key 'tasks'. Use one of: control, prefix, queues."
        ),
    ])
    func `a pool's part is checked too`(_ key: String, _ sentence: String) {
        #expect(problems(Self.frame + "pools: { all: { queues: [\"*\"], \(key) } }\n") == [sentence])
    }

    @Test(arguments: [
        ("celery", "celery.celery"), ("market-data", "celery.market-data"), ("a_b.c-9", "celery.a_b.c-9"),
        ("Celery", "celery.celery-"), ("a b", "celery.a-b-"), ("ä", "celery.--"), ("\u{212A}", "celery.--"),
        (String(repeating: "q", count: 40), "celery." + String(repeating: "q", count: 40)),
        (String(repeating: "q", count: 200), "celery." + String(repeating: "q", count: 40) + "-"),
    ])
    func `a native queue is named for its Celery queue`(_ celery: String, _ start: String) throws {
        let name = try #require(CeleryRules.nativeQueue(of: celery)).description
        #expect(name.hasPrefix(start) && name.count <= 64 && (start.hasSuffix("-") || name == start), "\(name)")
    }

    @Test func `no two names share a native queue`() throws {
        let names = ["celery", "Celery", "CELERY", "cElery", "a b", "a-b", "a.b", "a/b", "a  b"]
        let native = try names.map { try #require(CeleryRules.nativeQueue(of: $0)) }
        #expect(Set(native).count == names.count)
        // A name that looks like another's native queue.
        let copied = String(native[1].description.dropFirst("celery.".count))
        #expect(CeleryRules.nativeQueue(of: copied) != native[1])
    }
}
