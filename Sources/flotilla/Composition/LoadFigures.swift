import Foundation
import Scheduler

/// What a job of each kind asks of the fleet: the one table from which plans and simulations count.
///
/// Calls are the exchange's requests that the handler makes, each for a token; the first is paid by what the job waited
/// for in its queue. They are read off the handlers: whoever changes the calls of a job changes its line here.
///
/// | job | calls | which | followed by |
/// | --- | --- | --- | --- |
/// | cache-refresh `quotes` | 1 | best bid and ask of all products | |
/// | cache-refresh `products` | 1 | all products | |
/// | cache-refresh `candles` | a tenth of the products | candles of each; all of them when the cache is empty | |
/// | evaluation | 0 | reads the cache | an order, in about three of a hundred |
/// | rebalance | 1 | accounts | about two orders; at the worst one for each product |
/// | execution | 5 | fee rates, accounts, place, order, fills; a sale one fewer | |
/// | execution `reconcile` | 1 | what its queue takes; two for each order that is open | |
///
/// Orders are counted dear: of 42 that followed 585 evaluations of the demo, 36 found nothing to sell after one call.
///
/// Run times are a guess until they are measured: about 150 ms for a call to the exchange.
struct LoadFigures {
    /// The products that the running bots trade.
    var products = LoadFigures.assumedBots
    /// Run times by the job's name in the table above, such as `cache-refresh candles`, or by its kind.
    var runTimes: [String: RunTime] = [:]
    /// Calls by the same names.
    var calls: [String: Int] = [:]
    /// How many orders follow a job of a kind on average.
    var orders: [String: Double] = [:]

    /// Where no ledger can be asked.
    static let assumedBots = 39
    /// The limit of the exchange's requests, as the handlers name it.
    static let limit = "coinbase"
    /// After how long a decision is not traded any more.
    private static let orderFreshMilliseconds: Int64 = 300_000

    /// The job's name in the table: its kind, and what its arguments make of it.
    static func name(_ kind: String, _ argsJSON: String) -> String {
        guard kind == "cache-refresh" || kind == "execution",
            let args = try? JSONSerialization.jsonObject(with: Data(argsJSON.utf8)) as? [String: Any]
        else { return kind }
        if kind == "execution" { return args["reconcile"] as? Bool == true ? "execution reconcile" : kind }
        return (args["what"] as? String).map { "\(kind) \($0)" } ?? kind
    }

    func demand(_ kind: String, _ argsJSON: String) -> JobDemand {
        let name = Self.name(kind, argsJSON)
        var demand = usual(kind, name, argsJSON)
        if let calls = calls[name] ?? calls[kind] {
            demand.calls = calls
            demand.limit = calls > 0 ? Self.limit : nil
        }
        if let time = runTimes[name] ?? runTimes[kind] { demand.runTime = time }
        for index in demand.followUps.indices {
            demand.followUps[index].expected = orders[kind] ?? demand.followUps[index].expected
        }
        return demand
    }

    private func usual(_ kind: String, _ name: String, _ argsJSON: String) -> JobDemand {
        func calling(_ calls: Int, followedBy orders: FollowUp? = nil) -> JobDemand {
            JobDemand(
                calls: calls, limit: calls > 0 ? Self.limit : nil,
                runTime: calls > 0
                    ? RunTime(median: Int64(calls) * 150, p95: Int64(calls) * 400) : RunTime(median: 10, p95: 50),
                followUps: [orders].compactMap(\.self))
        }
        switch name {
        case "cache-refresh quotes", "cache-refresh products": return calling(1)
        case "cache-refresh candles": return calling((products + 9) / 10)
        case "evaluation": return calling(0, followedBy: Self.order(expected: 0.03, most: 1))
        case "rebalance": return calling(1, followedBy: Self.order(expected: 2, most: products))
        case "execution": return calling(5)
        case "execution reconcile": return calling(1)
        case "flotilla.test.sleep":
            let args = (try? JSONSerialization.jsonObject(with: Data(argsJSON.utf8))) as? [String: Any]
            let seconds = (args?["seconds"] as? Double) ?? 0
            let time = Int64(min(max(seconds, 0), 86_400) * 1_000)
            return JobDemand(runTime: RunTime(median: time, p95: time))
        default: return calling(0)
        }
    }

    private static func order(expected: Double, most: Int) -> FollowUp {
        FollowUp(
            kind: "execution", queue: "execution", expected: expected, most: most,
            freshForMilliseconds: orderFreshMilliseconds)
    }
}
