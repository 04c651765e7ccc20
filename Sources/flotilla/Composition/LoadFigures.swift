import JobQueue
import Jobs
import Scheduler
import TestJobs

/// What a job of each kind asks of the fleet: what the kinds say, and what a person says instead. Plans and forecasts
/// count with it.
///
/// Run times are a guess until they are measured: about 150 ms for a call to the exchange.
struct LoadFigures {
    /// The limit that requests to the exchange take tokens of.
    let limit: String
    let kinds: [KindDefinition]
    /// The products that the running bots trade.
    var products = LoadFigures.assumedBots
    /// Run times by the job's name, such as `cache-refresh candles`, or by its kind.
    var runTimes: [String: RunTime] = [:]
    /// Calls by the same names.
    var calls: [String: Int] = [:]
    /// How many orders follow a job of a kind on average.
    var orders: [String: Double] = [:]

    /// Where no ledger can be asked.
    static let assumedBots = 39

    /// The job's name: its kind, and what its arguments make of it.
    func name(_ kind: String, _ argsJSON: String) -> String { name(kind, load(kind, argsJSON)) }

    private func name(_ kind: String, _ load: KindLoad) -> String { load.variant.map { "\(kind) \($0)" } ?? kind }

    private func load(_ kind: String, _ argsJSON: String) -> KindLoad {
        kinds.first { $0.name == kind }?.load(argsJSON, products: products) ?? KindLoad()
    }

    func demand(_ kind: String, _ argsJSON: String) -> JobDemand {
        let load = load(kind, argsJSON)
        let name = name(kind, load)
        let calls = calls[name] ?? calls[kind] ?? load.calls
        return JobDemand(
            calls: calls, limit: calls > 0 ? limit : nil,
            runTime: runTimes[name] ?? runTimes[kind] ?? Self.usualTime(load),
            followUps: load.orders.map { [order($0, after: kind)] } ?? [])
    }

    private static func usualTime(_ load: KindLoad) -> RunTime {
        if let time = load.runMilliseconds { return RunTime(median: time, p95: time) }
        guard load.calls > 0 else { return RunTime(median: 10, p95: 50) }
        return RunTime(median: Int64(load.calls) * 150, p95: Int64(load.calls) * 400)
    }

    private func order(_ orders: KindLoad.Orders, after kind: String) -> FollowUp {
        FollowUp(
            kind: KindDefinition.execution.name, queue: KindDefinition.execution.queue.description,
            expected: self.orders[kind] ?? orders.expected, most: orders.most,
            freshForMilliseconds: KindLoad.Orders.freshForMilliseconds)
    }
}

extension Composition {
    /// What the kinds say of their load.
    var loadFigures: LoadFigures {
        LoadFigures(limit: settings.exchangeLimit, kinds: JobCatalog.kinds + TestJobCatalog.kinds)
    }
}
