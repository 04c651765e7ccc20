import ArgumentParser
import Documents
import Forecast
import Foundation
import JobQueue
import Jobs
import Ledger
import Logging
import ScheduleConfiguration
import Time

/// What plans and simulations are told instead of what they would find or assume.
struct LoadOptions: ParsableArguments {
    @Option(
        name: .customLong("run-time"),
        help: "KIND=250ms, or KIND=250ms,1s for median and 95th percentile; else measured, else assumed.")
    var runTimes: [String] = []
    @Option(
        name: .customLong("tokens"), help: "KIND=4: calls of one job, each for a token; else read off the handlers.")
    var calls: [String] = []
    @Option(name: .customLong("orders"), help: "KIND=0.01: orders that follow one job on average.")
    var orders: [String] = []
    @Option(name: .customLong("entities"), help: "running_bots=39: how many; else those of the ledger.")
    var entities: [String] = []
    @Flag(help: "Take nothing from Redis or the ledger; what is not given is assumed.")
    var assumed = false

    /// What was given, as words of a command line.
    var given: [String] {
        let pairs = [("--run-time", runTimes), ("--tokens", calls), ("--orders", orders), ("--entities", entities)]
        return pairs.flatMap { name, values in values.flatMap { [name, $0] } } + (assumed ? ["--assumed"] : [])
    }

    /// - Throws: `CommandFailure` with status `usage`.
    func facts(_ composition: Composition, asksRedis: Bool = true) async throws -> GatheredFacts {
        var figures = composition.loadFigures
        var notes: [String] = []
        var sources = try await sources(composition, &notes)
        for (source, count) in try pairs(entities, "--entities", "running_bots=39", Int.init) {
            guard (0...10_000).contains(count) else {
                throw CommandFailure(.usage, "--entities \(source)=\(count) is out of range. Use 0 to 10000.")
            }
            guard sources[source] != nil else {
                let names = EntitySource.all.map(\.known.name).joined(separator: " or ")
                throw CommandFailure(.usage, "'\(Shown.line(source))' is no source. Use \(names).")
            }
            sources[source] = (1...max(1, count)).prefix(count).map { "\($0)" }
        }
        figures.products = sources[EntitySource.products.known.name]?.count ?? LoadFigures.assumedBots
        if !assumed, asksRedis, let measured = await MeasuredTimes.read(composition) {
            figures.runTimes = measured.times
            notes.append("run times of \(measured.times.count) kinds from \(measured.jobs) finished jobs")
        } else {
            notes.append("run times are assumed (give --run-time KIND=250ms)")
        }
        let kind = KindDefinition.evaluation.name
        figures.runTimes.merge(try pairs(runTimes, "--run-time", "\(kind)=250ms", Self.runTime)) { $1 }
        figures.calls = try pairs(calls, "--tokens", "\(kind)=1") { text in
            Int(text).flatMap { (0...1_000).contains($0) ? $0 : nil }
        }
        figures.orders = try pairs(orders, "--orders", "\(kind)=0.01") { text in
            Double(text).flatMap { (0...1_000).contains($0) ? $0 : nil }
        }
        let table = figures
        return GatheredFacts(facts: LoadFacts(entities: sources) { table.demand($0, $1) }, notes: notes)
    }

    private func sources(_ composition: Composition, _ notes: inout [String]) async throws -> [String: [String]] {
        let assumedNames = (1...LoadFigures.assumedBots).map { "\($0)" }
        let name = EntitySource.runningBots.known.name
        let isGiven = entities.contains { $0.hasPrefix(name + "=") }
        let bots = assumed ? nil : await Self.bots(composition)
        if !isGiven, let bots {
            notes.append("\(bots.count) running bots, from the ledger")
        } else if !isGiven {
            notes.append("\(LoadFigures.assumedBots) running bots are assumed (give --entities \(name)=N)")
        }
        let sources = EntitySource.all.map { ($0.known.name, bots.map($0.planned) ?? assumedNames) }
        return Dictionary(sources) { first, _ in first }
    }

    /// Nil when there is no ledger to be read; nothing is created.
    private static func bots(_ composition: Composition) async -> [BotRecord]? {
        do {
            let address = try LedgerAddress(composition.settings.databaseURL)
            let ledger = try await Ledger.openReadOnly(address, now: { Date() })
            let bots = try await ledger.runningBots()
            try await ledger.close()
            return bots
        } catch {
            composition.logger.debug("the ledger is not asked: \(error)")
            return nil
        }
    }

    private static func runTime(_ text: String) -> RunTime? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { try? DurationParser.milliseconds(String($0)) }
        switch parts.count {
        case 1: return parts[0].map { RunTime(median: $0, p95: $0 * 3) }
        case 2: return parts[0].flatMap { median in parts[1].map { RunTime(median: median, p95: $0) } }
        default: return nil
        }
    }

    private func pairs<Value>(
        _ texts: [String], _ option: String, _ example: String, _ value: (String) -> Value?
    ) throws -> [String: Value] {
        var found: [String: Value] = [:]
        for text in texts {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, let parsed = value(halves[1]) else {
                throw CommandFailure(.usage, "'\(Shown.line(text))' does not fit \(option). Write it like \(example).")
            }
            found[halves[0]] = parsed
        }
        return found
    }
}

/// Facts, and where they come from.
struct GatheredFacts {
    var facts: LoadFacts
    /// For people: what was measured and what assumed.
    var notes: [String]
}

/// Run times of jobs that ended well and are still remembered.
struct MeasuredTimes {
    var times: [String: RunTime]
    var jobs: Int

    /// Fewer say nothing of the slow ones.
    private static let least = 5
    private static let most = 1_000

    /// Nil when Redis cannot be asked, or remembers too few.
    static func read(_ composition: Composition) async -> MeasuredTimes? {
        do {
            return try await composition.withBroker { broker in
                let inspector = QueueInspector(broker: broker)
                var lengths: [String: [Int64]] = [:]
                for queue in try await inspector.queues() {
                    for job in try await inspector.jobs(in: queue, state: .succeeded, limit: most) {
                        guard let start = job.envelope.startedMilliseconds, let end = job.envelope.finishedMilliseconds
                        else { continue }
                        // A clock that was set back between the two says nothing of how long it took.
                        guard end >= start else { continue }
                        let args = String(decoding: job.envelope.payload, as: UTF8.self)
                        lengths[composition.loadFigures.name(job.envelope.kind.description, args), default: []].append(
                            end - start)
                    }
                }
                let enough = lengths.filter { $0.value.count >= least }
                guard !enough.isEmpty else { return nil }
                return MeasuredTimes(
                    times: enough.mapValues { of($0.sorted()) }, jobs: enough.reduce(0) { $0 + $1.value.count })
            }
        } catch {
            composition.logger.debug("run times are not measured: \(error)")
            return nil
        }
    }

    private static func of(_ sorted: [Int64]) -> RunTime {
        RunTime(median: sorted[sorted.count / 2], p95: sorted[min(sorted.count - 1, sorted.count * 95 / 100)])
    }
}
