import Redis

extension MarketDataCache {
    /// Keys that an estimate looks at, and pages of all keys of the database that it walks to find them.
    private static let memoryKeys = 200
    private static let memoryPages = 20

    /// Estimates what the cache takes in Redis, in bytes, from up to 200 of its keys; 0 when it is empty.
    /// - Throws: `unavailable`, also when our user may not run SCAN or MEMORY.
    public func memory() async throws(ExchangeError) -> Int {
        var (found, cursor): (Set<String>, String) = ([], "0")
        for _ in 0..<Self.memoryPages {
            let page = try await page(from: cursor)
            found.formUnion(page.keys)
            cursor = page.next
            if cursor == "0" { break }
        }
        let sample = found.sorted().prefix(Self.memoryKeys)
        let commands: [RedisCommand] = sample.map { ["MEMORY", "USAGE", .text($0)] }
        let replies = try await send(
            commands, "estimating the memory of the market data")
        do {
            var sum = 0
            for reply in replies { sum += try reply.optionalInt(of: "MEMORY") ?? 0 }
            return sample.isEmpty ? 0 : sum * found.count / sample.count
        } catch {
            throw .unavailable(during: "estimating the memory of the market data", reason: "\(error)")
        }
    }

    private func page(from cursor: String) async throws(ExchangeError) -> (next: String, keys: [String]) {
        let what = "looking for market data"
        let command: RedisCommand = ["SCAN", .text(cursor), "MATCH", .text(keys.pattern), "COUNT", 1_000]
        let reply = try await send([command], what)
        do {
            let parts = try reply[0].array(of: "SCAN", count: 2)
            return (try parts[0].string(of: "SCAN"), try parts[1].strings(of: "SCAN"))
        } catch {
            throw .unavailable(during: what, reason: "\(error)")
        }
    }
}
