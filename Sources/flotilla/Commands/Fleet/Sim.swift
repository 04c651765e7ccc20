import ArgumentParser
import Documents
import JobQueue
import Logging
import Redis
import Simulator

struct Sim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates schedulers, workers and the limiter on a seeded clock; checks what is promised.",
        discussion: """
            The engine's real scripts run on a redis-server of the command's own; every time and every fault comes \
            from the seed, so the same seed gives the same run. Exits with 1 when a promise is broken.
            """)

    @Option(help: "Decides everything. Default: a new one, which is printed.") var seed: UInt64?
    @Option(help: "Requests until faults stop; then the run goes on until every job has ended.") var steps = 20_000
    @Option(help: "Schedulers; 1 to 20.") var schedulers = 3
    @Option(help: "Workers; 1 to 50.") var workers = 6
    @Option(help: "Only schedulers, until that many ticks were handled.") var ticks: Int?
    @Flag(help: "Nothing goes wrong: then every job must start exactly once.") var calm = false
    @Flag(help: "Print every step.") var trace = false
    @Option(help: "An empty database to use, instead of a server of the command's own.") var redis: String?
    @Flag(help: "One JSON document on stdout.") var json = false

    func validate() throws {
        guard (1...1_000_000_000).contains(steps) else { throw ValidationError("--steps takes 1 to 1000000000.") }
        guard (1...20).contains(schedulers) else { throw ValidationError("--schedulers takes 1 to 20.") }
        guard (1...50).contains(workers) else { throw ValidationError("--workers takes 1 to 50.") }
        guard ticks.map({ (1...1_000_000_000).contains($0) }) ?? true else {
            throw ValidationError("--ticks takes 1 to 1000000000.")
        }
    }

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999_999)
        if !json { print("seed \(seed)") }
        let plan = SimulationPlan(
            seed: seed, steps: steps, schedulers: schedulers, workers: workers, isCalm: calm, ticks: ticks)
        let server = redis == nil ? try await ThrowawayRedis.start() : nil
        let started = ContinuousClock.now
        let result: Result<SimulationReport, any Error>
        do {
            let address = try server?.address ?? RedisAddress(redis ?? "")
            var show: (@Sendable (String) -> Void)?
            if trace { show = { line in flotilla.print(line) } }
            let quiet = Logger(label: "sim") { _ in SwiftLogNoOpLogHandler() }
            result = .success(try await Simulation.run(plan, on: address, logger: quiet, trace: show))
        } catch {
            result = .failure(error)
        }
        await server?.stop()
        try show(result.get(), took: started.duration(to: .now))
    }

    private func show(_ report: SimulationReport, took: Duration) throws {
        let seconds = Double(took.milliseconds) / 1_000
        if json { Terminal.printDocument(document(report, seconds)) } else { printLines(report, seconds) }
        guard let violation = report.violation else { return }
        if !json, !trace { report.tail.forEach { print($0) } }
        throw CommandFailure(
            .failed,
            "Seed \(report.seed), step \(violation.step): \(violation.what). Run 'flotilla sim --seed \(report.seed)' "
                + "with the same other flags and --trace to see all of it.")
    }

    private func printLines(_ report: SimulationReport, _ seconds: Double) {
        let rate = seconds > 0 ? Double(ticks == nil ? report.steps : report.ticks) / seconds : 0
        print(
            "\(report.steps) steps, \(Shown.age(milliseconds: report.virtualMilliseconds)) of virtual time, "
                + "\(report.faults) faults, \(report.crashes) crashes, \(report.audits) audits")
        print(
            "\(report.jobs) jobs, \(report.starts) starts, \(report.settled) settled, \(report.refused) refused; "
                + "\(report.tokens) tokens")
        print(
            "\(report.ticks) ticks, \(report.ticksSubsumed) more missed and accounted for by a later one; "
                + "\(report.activations) versions of the schedule")
        let unit = ticks == nil ? "steps" : "ticks"
        print("trace \(report.digest); \(Int(seconds * 1_000)) ms, \(Int(rate)) \(unit)/s")
    }

    private func document(_ report: SimulationReport, _ seconds: Double) -> SimDocument {
        var counts = SimDocument.Counts()
        (counts.steps, counts.virtualMs) = (report.steps, report.virtualMilliseconds)
        (counts.jobs, counts.starts) = (report.jobs, report.starts)
        (counts.settled, counts.refused) = (report.settled, report.refused)
        (counts.ticks, counts.ticksSubsumed) = (report.ticks, report.ticksSubsumed)
        (counts.scheduleVersions, counts.tokens) = (report.activations, report.tokens)
        (counts.faults, counts.crashes, counts.audits) = (report.faults, report.crashes, report.audits)
        return SimDocument(
            seed: report.seed, violation: report.violation.map { ($0.what, $0.step) }, trace: report.digest,
            tail: report.tail, counts: counts, tookMs: Int(seconds * 1_000))
    }
}
