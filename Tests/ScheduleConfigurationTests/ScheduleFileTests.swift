import Foundation
import JobQueue
import ScheduleSupport
import Scheduler
import Testing
import Time

@testable import ScheduleConfiguration

/// A schedule file of a test, checked by the parser and by the schema.
func parsed(_ text: String) throws(ConfigurationError) -> ScheduleFile {
    let file = try ScheduleSupport.parsed(text)
    SchemaAgreement.check(Array(text.utf8), [])
    return file
}

/// The messages of a broken file, `line:column: text`.
func problems(_ text: String) -> [String] {
    problems(bytes: Array(text.utf8))
}

/// The schema for editors has to agree on each of them.
func problems(bytes: [UInt8]) -> [String] {
    var messages: [String] = []
    do {
        _ = try ScheduleFile.parse(bytes, file: "f", known: knownNames)
    } catch .invalidFile(_, let problems) {
        messages = problems.map { "\($0.line):\($0.column): \($0.message)" }
    } catch {
        return ["\(error)"]
    }
    SchemaAgreement.check(bytes, messages)
    return messages
}

struct ScheduleFileTests {
    private static let text = """
        version: 1
        timezone: Europe/Berlin
        limits:
          coinbase: { rate: 10/s, burst: 12, reserve: { execution: 4 } }
        queues:
          execution: { limit: coinbase, timeout: 2m, max_crashes: 5, retention: 2d, retry: {
              attempts: 8, backoff: fixed, base: 2s, max: 5m, jitter: none } }
          evaluation:
        pools:
          all: { queues: ["*"], processes: 2, concurrency: 4, grace: 1m }
          idle: { queues: [evaluation], processes: 0 }
        schedules:
          evaluate-bots:
            job: evaluation
            every: 1m
            offset: 5s
            for_each: running_bots
            spread: 20s
            within: 10m
            overlap: allow
            priority: 3
            description: all of them
            args: { z: 1.10, a: [1, "1", true, null, x], deep: { "k\\"": 1e5, big: 12345678901234567890.0 } }
          report:
            job: execution
            queue: evaluation
            cron: "0 8 * * MON-FRI"
            timezone: America/New_York
            enabled: false
        """

    @Test(arguments: ["never", "risky", "always"])
    func `which edits are reviewed is a word`(_ word: String) throws {
        #expect(try parsed("version: 1\nreview: \(word)\n").review.rawValue == word)
        #expect(
            problems("review: \(word)x\n") == [
                "1:9: '\(word)x' is not a word for review. Did you mean \(word)?"
            ])
    }

    @Test func `a whole file becomes values`() throws {
        let file = try parsed(Self.text)
        #expect(file.timezone == "Europe/Berlin")
        #expect(file.review == .risky)
        #expect(
            file.limits == [
                TokenBucket(
                    name: "coinbase", ratePerSecond: 10, burst: 12, reserve: ["execution": 4], windowMilliseconds: 1000)
            ])
        let retry = RetryPolicy(
            attempts: 8, backoff: .fixed, baseMilliseconds: 2000, maxMilliseconds: 300_000, jitter: false)
        #expect(
            file.queues == [
                QueueRules(name: try QueueName("evaluation")),
                QueueRules(
                    name: try QueueName("execution"), limits: [LimitUse(name: "coinbase")], timeout: .seconds(120),
                    retry: retry, maintenance: MaintenanceRules(maxCrashes: 5, retention: .seconds(172_800))),
            ])
        #expect(
            file.pools == [
                WorkerPool(
                    name: "all", servesEveryQueue: true, processes: 2, concurrency: 4, grace: .seconds(60)),
                WorkerPool(name: "idle", queues: [try QueueName("evaluation")], processes: 0),
            ])
        #expect(
            file.schedules == [
                ScheduleEntry(
                    name: "evaluate-bots", job: "evaluation", queue: "evaluation",
                    cadence: .every(milliseconds: 60_000, offset: 5000),
                    argsJSON: #"{"a":[1,"1",true,null,"x"],"deep":{"big":12345678901234567890.0,"k\"":1e5},"z":1.10}"#,
                    forEach: ForEach(.named("running_bots"), argument: "bot_id"), spreadMilliseconds: 20_000,
                    withinMilliseconds: 600_000,
                    overlap: .allow, priority: 3, description: "all of them"),
                ScheduleEntry(
                    name: "report", job: "execution", queue: "evaluation",
                    cadence: .cron(
                        try CronExpression("0 8 * * MON-FRI"), try TimeZoneDatabase().rules(named: "America/New_York")),
                    misfire: .skip, enabled: false),
            ])
    }

    @Test func `the file's zone holds where an entry names none`() throws {
        let file = try parsed(
            """
            timezone: Asia/Kolkata
            queues: { evaluation: }
            pools: { all: { queues: ["*"] } }
            schedules: { a: { job: evaluation, cron: "@daily" }, b: { job: evaluation, cron: "@every 90s" } }
            """)
        #expect(file.schedules[0].cadence.next(after: 0) == 66_600_000)
        #expect(file.schedules[1].cadence == .every(milliseconds: 90_000, offset: 0))
    }

    @Test func `anchors and merges work, and an entry's own keys win`() throws {
        let file = try parsed(
            """
            queues:
              evaluation: { retry: &gentle { attempts: 9, base: 1s } }
              execution: { retry: { <<: *gentle, attempts: 2 } }
            pools: { all: { queues: ["*"] } }
            schedules:
              a: &defaults
                job: evaluation
                every: 1m
              b: { <<: [*defaults], every: 2m }
            """)
        #expect(file.queues.map(\.retry.attempts) == [9, 2])
        #expect(file.queues.map(\.retry.baseMilliseconds) == [1000, 1000])
        #expect(
            file.schedules.map(\.cadence) == [
                .every(milliseconds: 60_000, offset: 0), .every(milliseconds: 120_000, offset: 0),
            ])
    }

    @Test func `the own schedules are valid, and all that pages and decisions need starts within two minutes`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../schedules.yaml").path
        let file = try ScheduleFile.read(path: path, known: knownNames)
        #expect(Set(file.schedules.map(\.job)) == Set(knownKinds.map(\.name)))
        #expect(file.limits.first?.ratePerSecond == 10)
        let start = utc(2026, 11, 22, 12, 3, 7) * 1000
        let planner = TickPlanner(entries: file.schedules)
        var handled: [String: Int64] = [:]
        var ran: Set<String> = []
        for now in stride(from: start, through: start + 120_000, by: 1000) {
            let plan = planner.plan(lastHandled: handled, now: now)
            handled.merge(plan.lastRuns) { $1 }
            for case .enqueue(let tick) in plan.ticks {
                handled[tick.entry.name] = tick.nominal
                ran.insert(tick.entry.name)
            }
        }
        // What learns from the past waits for its time.
        let patient: Set = ["adapt-weights", "measure-signals"]
        #expect(ran == Set(file.schedules.map(\.name)).subtracting(patient))
    }
}
