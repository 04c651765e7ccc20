import Foundation
import TestSupport
import Testing

@testable import ScheduleConfiguration

/// What `ops/schedules.schema.json` accepts, the parser accepts, and the other way round. Each text that a test gives
/// to the parser is given to the schema too.
enum SchemaAgreement {
    /// Made once and only read; Foundation's values do not say that they can be shared.
    nonisolated(unsafe) static let validator: SchemaValidator? = {
        let path = URL(filePath: #filePath).appending(path: "../../../ops/schedules.schema.json").standardizedFileURL
        do {
            return try SchemaValidator(try Data(contentsOf: path))
        } catch {
            Issue.record("ops/schedules.schema.json: \(error)")
            return nil
        }
    }()

    /// What a schema cannot say: the parser alone refuses these.
    nonisolated(unsafe) static let beyond: [Regex<Substring>] = [
        // Names that must be declared, or must not be.
        /no (?:queue|limit|circuit|calendar) is called/, /go to the queue/, /does not serve the queue/,
        /no pool works the queue/, /tokens are reserved for/, /is an entry of this file/, /' too\. Keep/,
        /which for_each sets/,
        // Numbers and times that depend on one another.
        /leaves nothing of the burst/, /reserved slots? leave/, /would wait for ever/, /is shorter than the first/,
        /longer than the shortest time/, /outside of autoscale/, /and min of autoscale is/,
        /the offset must be shorter/, /lies before start/, /rule is never reached/,
        /is listed twice/, /the duration '.*' is too long/, /an interval must be at least/,
        // The calendar and the clock: 30 February, a stretch that ends before it begins, 08:00-08:00.
        /takes a day, not '\d/, /holds days, not '\d/, /window takes days, hours or both, not '.*\d\d:\d\d/,
        // Zones that do not exist, and what is in the fields of a cron expression.
        /time zone/, /abbreviation/, /this never fires/,
        /\b(?:second|minute|hour|day-of-month|month|day-of-week)\b.*(?:out of range|backwards|must be|empty element)/,
        /is not a (?:second|minute|hour|day-of-month|month|day-of-week|day of the month)\b/, /a number is missing in/,
        /L alone is read|L-n takes|after # must be|'\?' stands alone|this has \d+\. Write/,
        // How a value is written: a schema sees only the value.
        /truth value in some YAML|not a number that JSON can carry|is already on line/,
    ]

    /// Records an issue when the two differ.
    /// - Parameter messages: what the parser says; empty when it accepts the text.
    static func check(_ bytes: [UInt8], _ messages: [String]) {
        guard let validator, let text = try? SourceText.decode(bytes) else { return }
        let document = YAMLDocument(text)
        // What is no YAML, or empty, is not a value that a schema could see.
        guard document.problems.isEmpty, let root = document.root, !root.isNull else { return }
        let accepts = validator.accepts(value(of: root))
        let rest = messages.filter { message in !beyond.contains { message.firstMatch(of: $0) != nil } }
        if accepts && !rest.isEmpty {
            Issue.record("the schema accepts what the parser refuses: \(rest)\n\(text.prefix(4_000))")
        }
        if !accepts && messages.isEmpty {
            Issue.record("the schema refuses what the parser accepts:\n\(text.prefix(4_000))")
        }
    }

    static func value(of node: SourceNode) -> SchemaValue {
        switch node.content {
        case .scalar(let scalar):
            if scalar.isNull { return .null }
            if scalar.isTrue || scalar.isFalse { return .truth(scalar.isTrue) }
            if scalar.isPlain, JSONText.isNumber(scalar.text), let number = Double(scalar.text) {
                // 1.0 is an integer to a schema, and no whole number as people write one.
                return number == number.rounded() && Int(scalar.text) == nil ? .number(.infinity) : .number(number)
            }
            return .text(scalar.text)
        case .sequence(let nodes): return .list(nodes.map { value(of: $0) })
        case .mapping(let pairs):
            return .members(Dictionary(pairs.map { ($0.key, value(of: $0.value)) }) { first, _ in first })
        }
    }
}

struct SchemaTests {
    /// A file with every key of schedules, once more than the others have.
    private static let schedules = """
        timezone: Europe/Berlin
        queues: { evaluation: {}, execution: {}, cache-refresh: {}, rebalance: {} }
        pools: { all: { queues: ["*"] } }
        calendars: { holidays: [2026-12-24..2026-12-26, 2027-01-01], none: [] }
        schedules:
          a:
            description: All that an interval may say.
            job: evaluation
            every: 30s
            offset: 10s
            timezone: America/New_York
            window: [MON-FRI 08:00-18:00, "sat,sun", "22:00-06:00"]
            quiet: [holidays, none]
            start: 2026-01-31
            end: 2026-12-31
            for_each: [one, 2, three.4]
            spread: 5s
            jitter: 1s
            misfire: all
            misfire_max: 5
            within: 10m
            overlap: queue-all
            overlap_max: 3
            pause_after_failures: 4
            at_start: true
            priority: 9
            enabled: false
            args: { x: [1, 2.5, { y: null }], z: "yes" }
            was: before
          b: { job: rebalance, cron: "30 2 L * *", days: all, gap: shift, overlap_hour: both, quiet: holidays }
          c: { job: cache-refresh, cron: "@every 90s", offset: 5s, queue: evaluation, for_each: products }
          d: { job: execution, cron: "@daily", timezone: UTC, for_each: running_bots, misfire: once, within: 1h }
          e: { job: execution, cron: "0 0 8 ? * MON#1", window: MON }

        """

    private static let shipped = try? String(
        contentsOf: URL(filePath: #filePath).appending(path: "../../../schedules.yaml").standardizedFileURL,
        encoding: .utf8)

    @Test func `the shipped schedule and one with every key are valid to both`() throws {
        for text in [try #require(Self.shipped), QueueRulesTests.text, Self.schedules, CeleryRulesTests.text] {
            #expect(problems(text) == [])
            let root = try #require(YAMLDocument(text).root)
            #expect(try #require(SchemaAgreement.validator).accepts(SchemaAgreement.value(of: root)))
        }
    }

    /// `problems` compares; a thousand files that differ from a right one in one to three places.
    @Test func `files changed at random are refused by both or accepted by both`() throws {
        var random = SeededRandom(seed: 5)
        var refused = 0
        let texts = [try #require(Self.shipped), QueueRulesTests.text, Self.schedules, CeleryRulesTests.text]
        for round in 0..<1_000 {
            let root = try #require(YAMLDocument(texts[round % texts.count]).root)
            var value = SchemaAgreement.value(of: root)
            for _ in 0..<Int.random(in: 1...3, using: &random) { value = Self.changed(value, using: &random) }
            if !problems(value.json + "\n").isEmpty { refused += 1 }
        }
        #expect((500..<1_000).contains(refused), "\(refused)")
    }

    private static let strangers: [SchemaValue] = [
        .null, .truth(true), .truth(false), .number(-1), .number(0), .number(1), .number(7), .number(1.5),
        .number(2_000_000), .text(""), .text("x"), .text("30s"), .text("0s"), .text("5"), .text("1ms"), .text("5m3h"),
        .text("*"), .text("evaluation"), .text("coinbase"), .text("skip"), .text("all"), .text("10/s"), .text("strict"),
        .text("weighted"), .text("2026-01-31"), .text("* * * * *"), .text("@hourly"), .text("../x"), .list([]),
        .list([.text("evaluation")]), .list([.null]), .members([:]), .members(["name": .text("coinbase")]),
        .members(["execution": .number(1)]),
    ]

    private static let keys = [
        "every", "cron", "offset", "days", "gap", "overlap_hour", "timezone", "misfire", "misfire_max", "within",
        "overlap", "overlap_max", "for_each", "spread", "window", "quiet", "start", "end", "was", "retry", "limit",
        "max_waiting", "when_full", "celery", "control", "prefix", "tasks",
        "weights", "order", "ageing", "never", "errors", "circuit", "Upper", "../x", "job",
    ]

    /// Goes down to a random place, and removes, renames, adds or replaces something there.
    private static func changed(_ value: SchemaValue, using random: inout SeededRandom) -> SchemaValue {
        guard Int.random(in: 0..<6, using: &random) > 0 else { return strangers.randomElement(using: &random) ?? .null }
        switch value {
        case .members(var members):
            guard let key = members.keys.sorted().randomElement(using: &random) else { return .null }
            switch Int.random(in: 0..<10, using: &random) {
            case 0: members[key] = nil
            case 1: members[keys.randomElement(using: &random) ?? key] = members.removeValue(forKey: key)
            case 2: members[keys.randomElement(using: &random) ?? key] = strangers.randomElement(using: &random)
            default: members[key] = members[key].map { changed($0, using: &random) }
            }
            return .members(members)
        case .list(var items):
            guard let index = items.indices.randomElement(using: &random) else { return .list([.text("x")]) }
            if Bool.random(using: &random) { items.append(items[index]) }
            items[index] = changed(items[index], using: &random)
            return .list(items)
        default: return strangers.randomElement(using: &random) ?? .null
        }
    }
}
