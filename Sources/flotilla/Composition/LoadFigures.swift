import Forecast
import JobQueue
import Jobs
import TestJobs

/// The load of a job of each kind: the figures of the kinds, and those that an operator gives instead. Plans and
/// forecasts use them.
///
/// Run times are a guess until they are measured: about 150 ms for a call to the exchange.
struct LoadFigures {
    /// The limit whose tokens requests to the exchange take.
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

    /// Used where no ledger can be read.
    static let assumedBots = 39

    /// The job's name: its kind, and a variant that depends on its arguments.
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
    /// The load figures of the kinds.
    var loadFigures: LoadFigures {
        LoadFigures(limit: settings.exchangeLimit, kinds: JobCatalog.kinds + TestJobCatalog.kinds)
    }
}
