import Testing

@testable import ScheduleConfiguration

/// Mistakes in the keys of queues, pools and circuits.
struct BrokenQueueRulesTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let text: String
        let expected: [String]
        var testDescription: String { expected.first ?? "" }

        init(_ text: String, _ expected: String...) {
            self.text = text
            self.expected = expected
        }
    }

    /// A queue with these keys, on line 6.
    private static func queue(_ keys: String) -> String {
        """
        version: 1
        limits: { coinbase: { rate: 10/s, reserve: { execution: 4, evaluation: 2 } }, orders: { rate: 5/s } }
        circuits: { coinbase: }
        pools: { all: { queues: ["*"] } }
        queues: { execution: , evaluation:
          , rebalance: { \(keys) } }

        """
    }

    /// A pool of three queues with these keys, on line 4.
    private static func pool(_ keys: String) -> String {
        """
        version: 1
        queues: { execution: , evaluation: , rebalance: }
        pools:
          all: { queues: [execution, evaluation, rebalance], \(keys) }

        """
    }

    @Test(arguments: [
        Case("limit: coinbse", "6:25: no limit is called 'coinbse'. Did you mean coinbase?"),
        Case("limit: [coinbase, coinbse]", "6:36: no limit is called 'coinbse'. Did you mean coinbase?"),
        Case(
            "limit: { name: coinbase }",
            "6:25: limit takes the name of a limit or a list, not a mapping. "
                + "Write [coinbase, { name: orders, cost: 2 }]."),
        Case("limit: []", "6:25: limit takes 1 to 3 limits, not 0. Name one, or remove the key."),
        Case(
            "limit: [coinbase, coinbase, orders, orders]",
            "6:25: limit takes 1 to 3 limits, not 4. Keep those that matter most.",
            "6:36: the limit 'coinbase' is listed twice. Remove one of the two, and add up their costs.",
            "6:54: the limit 'orders' is listed twice. Remove one of the two, and add up their costs."),
        Case(
            "limit: [coinbase, [orders], ~]",
            "6:36: limit takes names, not a list. Write coinbase, or { name: orders, cost: 2 }.",
            "6:46: limit takes names, not nothing. Write coinbase, or { name: orders, cost: 2 }."),
        Case("limit: [{ cost: 2 }]", "6:26: a limit of a queue has no name. Write { name: orders, cost: 2 }."),
        Case(
            "limit: [{ name: orders, costs: 2 }]", "6:42: a limit of a queue has no key 'costs'. Did you mean cost?"),
        Case(
            "limit: [{ name: orders, cost: 0 }]",
            "6:48: cost takes a whole number from 1 to 1000000, not the number 0. Write for example cost: 1."),
        Case(
            "limit: [{ name: coinbase, cost: 5 }]",
            "6:50: a job would wait for ever: it takes 5 tokens, and 'coinbase' never has more than 4 for this queue. "
                + "Use a cost of at most 4, or a larger burst."),
        Case("circuit: coinbas", "6:27: no circuit is called 'coinbas'. Did you mean coinbase?"),
        Case("circuit: [coinbase]", "6:27: circuit takes the name of a circuit, not a list."),
        Case("durability: fsnyc", "6:30: 'fsnyc' is not a word for durability. Did you mean fsync?"),
        Case("durability: disk", "6:30: 'disk' is not a word for durability. Use one of: fsync, memory."),
        Case(
            "max_waiting: many",
            "6:31: max_waiting takes a whole number from 1 to 100000000, not 'many'. "
                + "Write for example max_waiting: 1."),
        Case(
            "max_waiting: 9, when_full: drop_oldest",
            "6:45: 'drop_oldest' is not a word for when_full. Did you mean drop-oldest?"),
        Case(
            "when_full: reject",
            "6:18: when_full has no effect without max_waiting. Add for example max_waiting: 10000."),
        Case(
            "fresh_for: 5",
            "6:29: fresh_for takes a duration, not the number 5. Add a unit, for example fresh_for: 5s."),
        Case("fresh-for: 5m", "6:18: queue 'rebalance' has no key 'fresh-for'. Did you mean fresh_for?"),
        Case(
            "dead_retention: 30d",
            "6:34: dead_retention takes a mapping, not '30d'. Use the keys age, count."),
        Case(
            "dead_retention: {}",
            "6:34: dead_retention says nothing. Write { age: 30d, count: 10000 }, or one of the two."),
        Case(
            "dead_retention: { age: 30, count: 0 }",
            "6:41: age takes a duration, not the number 30. Add a unit, for example age: 30s.",
            "6:52: count takes a whole number from 1 to 1000000, not the number 0. Write for example count: 1."),
        Case(
            "kinds: { excution: { timeout: 1m } }",
            "6:27: no job kind is called 'excution'. Did you mean execution?"),
        Case(
            "kinds: [execution]",
            "6:25: kinds takes a mapping of kinds to rules, not a list. Write { execution: { timeout: 1m } }."),
        Case(
            "kinds: { execution: { limit: coinbase } }",
            "6:40: kind 'execution' has no key 'limit'. Use one of: retry, timeout."),
        Case(
            "retry: { base: 10s }, kinds: { execution: { retry: { max: 5s } } }",
            "6:76: the longest delay (max) is shorter than the first (base). Use a max of at least base."),
    ])
    func `a queue's mistakes are named with their place and their mend`(example: Case) {
        #expect(problems(Self.queue(example.text)) == example.expected)
    }

    @Test(arguments: [
        Case(
            "{ type: a }",
            "6:35: errors takes a list of rules, not a mapping. "
                + "Write for example [{ type: bad-arguments, never: true }]."
        ),
        Case("[a]", "6:36: a rule takes a mapping, not 'a'. Write { type: no-such-bot, attempts: 1 }."),
        Case(
            "[{ attempts: 1 }]",
            "6:36: a rule of errors must say which: add type or message, for example type: no-such-bot."),
        Case(
            "[{ type: a }]",
            "6:36: a rule of errors must say what to do: add never: true, attempts, base or max."),
        Case(
            "[{ type: a, never: false }]",
            "6:36: a rule of errors must say what to do: add never: true, attempts, base or max."),
        Case(
            "[{ type: a, never: true, attempts: 3 }]",
            "6:60: attempts has no effect beside never: true. Remove one of the two."),
        Case(
            "[{ type: a, base: 10s, max: 1s }]",
            "6:63: the longest delay (max) is shorter than the first (base). Use a max of at least base."),
        Case(
            "[{ message: \"\", never: true }]",
            "6:47: message takes 1 to 200 characters of an error's message. Write for example message: \"timed out\"."),
        Case("[{ typ: a, never: true }]",
            "6:36: a rule of errors must say which: add type or message, for example type: no-such-bot.",
            "6:38: a rule of errors has no key 'typ'. Did you mean type?"),
        Case(
            "[{ message: out, attempts: 2 }, { type: a, message: timed out, never: true }]",
            "6:67: this rule is never reached: the one for message 'out' before it matches first. "
                + "Put it before that one, or remove it."),
        Case(
            "[{ type: a, attempts: 2 }, { type: a, never: true }]",
            "6:62: this rule is never reached: the one for type a before it matches first. "
                + "Put it before that one, or remove it."),
    ])
    func `a rule for errors must say which and what`(example: Case) {
        #expect(problems(Self.queue("retry: { errors: \(example.text) }")) == example.expected)
    }

    @Test func `rules that each catch something are accepted, up to a number`() {
        let rules = "[{ type: a, message: x, never: true }, { type: a, attempts: 2 }, { message: x, base: 1s }]"
        #expect(problems(Self.queue("retry: { errors: \(rules) }")) == [])
        let many = (1...33).map { "{ type: a\($0), never: true }" }.joined(separator: ", ")
        #expect(
            problems(Self.queue("retry: { errors: [\(many)] }")) == [
                "6:35: errors takes at most 32 rules, not 33. Join some of them."
            ])
    }

    @Test(arguments: [
        Case("order: stirct", "4:61: 'stirct' is not a word for order. Did you mean strict?"),
        Case("order: weighted", "4:61: order: weighted needs weights. Add for example weights: { execution: 6 }."),
        Case(
            "order: strict, weights: { execution: 6 }",
            "4:69: weights have no effect on the order strict. Write order: weighted."),
        Case(
            "weights: { execution: 6 }", "4:54: weights have no effect on the order turns. Write order: weighted."),
        Case(
            "order: weighted, weights: [execution]",
            "4:80: weights takes a mapping of queues to numbers, not a list. Write { execution: 1 }."),
        Case(
            "order: weighted, weights: { excution: 6, evaluation: 0 }",
            "4:82: the pool does not serve the queue 'excution'. Did you mean execution?",
            "4:107: evaluation takes a whole number from 1 to 1000, not the number 0. "
                + "Write for example evaluation: 1."),
        Case("ageing: 30s", "4:54: ageing has no effect when queues take turns. Remove it, or write order: strict."),
        Case(
            "order: strict, ageing: soon",
            "4:77: 'soon' is not a duration. Use whole numbers with a unit, largest first: 500ms, 30s, 5m, 2h, "
                + "1d or 1h30m."),
        Case(
            "reserved: { execution: 8 }",
            "4:64: 8 reserved slots leave none of the 8 for other queues. Reserve at most 7."),
        Case(
            "concurrency: 1, reserved: { execution: 1 }",
            "4:80: 1 reserved slots leave none of the 1 for other queues. Raise concurrency, or remove reserved."),
        Case(
            "concurrency: 4, reserved: { execution: 2, evaluation: 2 }",
            "4:80: 4 reserved slots leave none of the 4 for other queues. Reserve at most 3."),
        Case(
            "reserved: { cache: 1 }",
            "4:66: the pool does not serve the queue 'cache'. Use one of: evaluation, execution, rebalance."),
        Case(
            "kill_after: 0s", "4:66: the duration '0s' is zero. Use at least 1ms."),
        Case("kil_after: 9s", "4:54: pool 'all' has no key 'kil_after'. Did you mean kill_after?"),
    ])
    func `a pool's mistakes are named with their place and their mend`(example: Case) {
        #expect(problems(Self.pool(example.text)) == example.expected)
    }

    @Test func `a pool of every queue has no order that strict could go by`() {
        let frame = "queues: { execution: }\npools:\n"
        #expect(
            problems(frame + "  all: { queues: [\"*\"], order: strict }\n") == [
                "3:32: order: strict goes by the order of the list, and \"*\" has none. Name the queues."
            ])
        #expect(problems(frame + "  all: { queues: [\"*\"], reserved: { execution: 1 } }\n") == [])
        #expect(
            problems(frame + "  all: { queues: [\"*\"], reserved: { excution: 1 } }\n") == [
                "3:37: the pool does not serve the queue 'excution'. Did you mean execution?"
            ])
    }

    @Test(arguments: [
        Case(
            "circuits: { a: { failures: 0 } }",
            "1:28: failures takes a whole number from 1 to 1000, not the number 0. Write for example failures: 1."),
        Case(
            "circuits: { a: { open: 1m, open_max: 30s } }",
            "1:38: the longest time open (open_max) is shorter than the first (open). "
                + "Use an open_max of at least open."),
        Case("circuits: { a: { windows: 1m } }", "1:18: circuit 'a' has no key 'windows'. Did you mean window?"),
        Case("circuits: { a: { ramp: 3 } }",
            "1:24: ramp takes a duration, not the number 3. Add a unit, for example ramp: 3s."),
        Case(
            "circuits: [a]",
            "1:11: circuits takes a mapping of names to entries, not a list. "
                + "Write each as 'name:' and indent its keys."),
        Case(
            "circuits: { A: }",
            "1:13: 'A' is not a name. Use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."),
        Case(
            "queues: { execution: { circuit: a } }\npools: { all: { queues: [execution] } }",
            "1:33: no circuit is called 'a'. Declare it under circuits."),
    ])
    func `a circuit's mistakes are named with their place and their mend`(example: Case) {
        #expect(problems(example.text + "\n") == example.expected)
    }
}
