import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// The market that an operator sees, and that of a file.
    @Suite(.serialized) struct MarketCommandTests {
        private static let schedule = """
            version: 1
            queues: { test: , evaluation: , rebalance: , cache-refresh: }
            pools: { all: { queues: ["*"], processes: 1, concurrency: 4, grace: 1s } }

            """
        private static let market = """
            {"ticker": {"BTC-USD": {"price": 118083.77, "volume_24h": 212.5}, "NEW-USD": {"price": 0.5}},
             "balances": [{"currency": "USD", "total_crypto": 1250.5, "available_crypto": 1250.5}],
             "candles": {"BTC-USD": {"3600": [[7, 1, 4, 0.5, 2, 10], [8, 2, 4, 1, 3, 20]]}}}
            """

        @Test(.timeLimit(.minutes(2)))
        func `a market is loaded, listed and shown, and jobs that renew it find the same`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                try sandbox.write(Self.market, to: "market.json")
                #expect(try await sandbox.json("market", "list").array.isEmpty)
                let loaded = try await sandbox.json("market", "load", "market.json", "--for", "2h")
                #expect(loaded["products"].int == 2 && loaded["series"].int == 1 && loaded["seconds"].int == 7_200)
                let rows = try await sandbox.json("market", "list")
                #expect(rows.array.map { $0["product"].text } == ["BTC-USD", "NEW-USD"])
                #expect(rows[0]["candles"]["1h"].int == 2 && rows[0]["bid"].text == "118083.77")
                let worker = try sandbox.start(["worker", "--queues", "cache-refresh"])
                let refresh = ["enqueue", "cache-refresh", "--wait", "--args"]
                let quotes = #"{"what": "quotes", "products": ["BTC-USD"]}"#
                #expect(try await sandbox.run(refresh + [quotes]).status == 0)
                worker.process.signal(SIGTERM)
                _ = try await worker.end(within: .seconds(20))
                #expect(try await sandbox.json("market", "show", "btc-usd")["bid"].text == "118083.77")
                let table = try await sandbox.run("market")
                #expect(table.output.hasPrefix("PRODUCT  PRICE"), "\(table)")
            }
        }

        @Test func `what cannot be loaded or is not known is told`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                try sandbox.write(#"{"ticker": {"A-USD": {"price": -1}}}"#, to: "wrong.json")
                let wrong = try await sandbox.run("market", "load", "wrong.json")
                #expect(wrong.status == 2 && wrong.complaint.contains("the price of A-USD is -1.0"), "\(wrong)")
                #expect(try await sandbox.run("market", "load", "missing.json").status == 2)
                #expect(try await sandbox.run("market", "load", "wrong.json", "--for", "1s").status == 2)
                #expect(try await sandbox.run("market", "show", "BTC-USD").status == 3)
                #expect(try await sandbox.run("market", "show", "nonsense").status == 2)
            }
        }
    }
}
