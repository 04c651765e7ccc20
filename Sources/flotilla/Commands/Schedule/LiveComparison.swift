import Documents
import Forecast
import JobQueue
import ScheduleConfiguration

/// A simulation beside what a running fleet has done in the same time.
struct LiveComparison {
    struct Row {
        var entry: String
        /// Ticks in the simulation, whatever became of them, and those that the fleet has handled.
        var ticks, handled: Int

        /// At each end of the stretch a tick may fall to either side.
        var agrees: Bool { abs(ticks - handled) <= 1 }

        /// One tick more or less agrees with anything, so an entry needs two to say something.
        var hasEvidence: Bool { max(ticks, handled) > 1 }

        var verdict: String { hasEvidence ? agrees ? "ok" : "DIFFERS" : "too few ticks" }
    }

    struct Limit {
        var name: String
        /// In the simulation, and by what the jobs that ended well and are still remembered take as a rule.
        var tokens, estimate: Int
    }

    var rows: [Row]
    var limits: [Limit]
    /// What is compared.
    var span: ComparedSpan

    var hasEvidence: Bool { rows.contains(where: \.hasEvidence) }

    /// Ticks are known exactly; tokens are told, not judged, for only the buckets know the moment of each.
    var agrees: Bool { rows.filter(\.hasEvidence).allSatisfy(\.agrees) }

    /// Reads the handled ticks and the finished jobs; changes nothing.
    /// - Parameter facts: as the simulation had them.
    static func read(
        _ report: SimulationReport, of file: ScheduleFile, _ facts: LoadFacts, _ span: ComparedSpan, _ broker: Broker
    ) async throws -> LiveComparison {
        let window = report.from..<report.to
        let inspector = QueueInspector(broker: broker)
        let queues = try await inspector.queues()
        var handled: [String: Int] = [:]
        for queue in queues { handled.merge(try await inspector.ticks(in: queue, during: window), uniquingKeysWith: +) }
        let rows = report.entries.map { story in
            Row(
                entry: story.name, ticks: story.enqueued + story.missed + story.closed,
                handled: handled[story.name] ?? 0)
        }
        var spent: [String: Int] = [:]
        for queue in queues {
            let entry = file.queues.first { $0.name == queue }
            for job in try await inspector.jobs(in: queue, state: .succeeded, limit: 1_000) {
                guard let start = job.envelope.startedMilliseconds, window.contains(start) else { continue }
                spent.merge(tokens(of: job.envelope, entry, facts), uniquingKeysWith: +)
            }
        }
        let limits = report.limits.map {
            Limit(name: $0.name, tokens: $0.tokens, estimate: spent[$0.name] ?? 0)
        }
        return LiveComparison(rows: rows, limits: limits, span: span)
    }

    /// Tokens of a job by limit: what its queue takes at the start, and its calls beyond that. Of a job that skipped
    /// what it was for, as an order does that finds nothing to sell, only the former.
    private static func tokens(of job: JobEnvelope, _ queue: QueueRules?, _ facts: LoadFacts) -> [String: Int] {
        let demand = facts.demand(job.kind.description, String(decoding: job.payload, as: UTF8.self))
        var tokens: [String: Int] = [:]
        for use in queue?.limits ?? [] { tokens[use.name] = use.cost }
        let hasSkipped = job.outcome.hasPrefix("{\"result\":{\"skipped\":")
        if let limit = demand.limit, !hasSkipped { tokens[limit] = max(tokens[limit] ?? 0, demand.calls) }
        return tokens
    }
}

extension LiveComparison {
    func printText() {
        Terminal.printTable(
            ["ENTRY", "TICKS SIMULATED", "HANDLED", ""],
            rows.map { [$0.entry, "\($0.ticks)", "\($0.handled)", $0.verdict] })
        for limit in limits {
            print(
                "limit \(limit.name): \(limit.tokens) tokens simulated, about \(limit.estimate) by the jobs remembered")
        }
        for line in span.lines { print(line) }
        print(verdict)
    }

    private var verdict: String {
        guard hasEvidence else {
            return "Too little to compare: no entry ticked twice. Compare again when the fleet has run for longer."
        }
        guard agrees else { return "They do not agree." }
        return rows.allSatisfy(\.hasEvidence) ? "They agree." : "Those with enough ticks agree."
    }

    var document: LiveComparisonDocument {
        LiveComparisonDocument(
            agrees: hasEvidence ? agrees : nil, from: span.from, to: span.to, isCut: span.isCut, notes: span.lines,
            entries: rows.map { row in
                LiveComparisonDocument.Entry(
                    name: row.entry, ticks: row.ticks, handled: row.handled,
                    agrees: row.hasEvidence ? row.agrees : nil)
            },
            limits: limits.map { limit in
                LiveComparisonDocument.Limit(name: limit.name, tokens: limit.tokens, tokensAbout: limit.estimate)
            })
    }
}
