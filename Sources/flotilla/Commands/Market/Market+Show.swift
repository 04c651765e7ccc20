import ArgumentParser
import Documents
import Exchange
import Foundation
import Trading

extension Market {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What is known of one product.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Such as BTC-USD.") var product: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            guard let id = ProductID(rawValue: product.uppercased()) else {
                throw CommandFailure(.usage, "'\(Shown.line(product))' is no product. Use one such as BTC-USD.")
            }
            let (row, reader) = try await composition.withBroker { broker in
                let reader = MarketRows(broker, composition.logger, now: composition.now())
                return (try await reader.one(id), reader)
            }
            guard let row else {
                throw CommandFailure(.notFound, "Nothing is known of \(id). 'flotilla market list' shows what is.")
            }
            if json { return Terminal.printDocument(reader.document(row)) }
            for (head, cell) in zip(MarketRows.heads, reader.cells(row)) { print("\(head.lowercased()): \(cell)") }
            if let quote = row.quote?.quote { print("bid: \(quote.bid)\nask: \(quote.ask)") }
            for (name, candles) in row.series {
                guard let last = candles?.candles.last else { continue }
                print("last \(name): \(Timestamp.text(Int64(last.start) * 1_000)) close \(last.close)")
            }
        }
    }
}
