import Foundation

/// What calls cost redis-server in processor time, each at its best of several runs of the same calls: what else the
/// machine does is left out, and what befalls the same call in every run (a hash that doubles) is not.
struct CallCosts {
    private let server: ProcessUsage
    /// By the name of what was called: seconds, by the number of the call.
    private var best: [String: [Double]] = [:]
    private var made: [String: Int] = [:]

    init(server: Int32) { self.server = ProcessUsage(process: server) }

    mutating func beginRun() { made = [:] }

    /// Makes a call and takes note of what it cost. No other client may be at work.
    @discardableResult
    mutating func measure<Value>(_ name: String, _ call: () async throws -> Value) async throws -> Value {
        let before = server.seconds
        let value = try await call()
        let cost = server.seconds - before
        let number = made[name, default: 0]
        made[name] = number + 1
        let known = best[name].flatMap { $0.indices.contains(number) ? $0[number] : nil }
        if let known { best[name]?[number] = min(known, cost) } else { best[name, default: []].append(cost) }
        return value
    }

    /// The dearest call of all.
    var worst: (name: String, milliseconds: Double)? {
        best.compactMap { name, costs in costs.max().map { (name, $0 * 1_000) } }.max { $0.1 < $1.1 }
    }
}
