import ArgumentParser
import Documents
import Exchange
import Foundation
import Time
import Trading

extension Market {
    struct Load: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take over the market and the balances of a file, to compare with another system.",
            discussion: """
                The file holds prices, balances and candles of one moment, without times: its newest candles end now. \
                They go to the cache, and to the paper exchange in the place of its own market, so that jobs which \
                renew the cache find the same. Both last an hour, or as long as --for says, instead of the minutes \
                that market data lives elsewhere; then the paper exchange shows its own market again. Balances of \
                the paper account stay as they are loaded.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A file with 'ticker', 'balances' and 'candles'.") var file: String
        @Option(help: "A list of products with increments, flags and changes within 24 h, as the exchange answers it.")
        var products: String?
        @Option(name: .customLong("for"), help: "How long it lasts, 1m to 7d.") var life = "1h"
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let milliseconds = try DurationParser.milliseconds(life)
            guard (60_000...604_800_000).contains(milliseconds) else {
                throw CommandFailure(.usage, "--for is \(Shown.line(life)). Use 1m to 7d.")
            }
            let market: MarketFile
            do {
                market = try MarketFile.read(path: file, products: products)
            } catch {
                throw CommandFailure(.usage, "\(error)")
            }
            let seconds = Int(milliseconds / 1_000)
            let composition = try Composition(common)
            let loaded = try await composition.withBroker { broker in
                try await composition.marketLoader(broker).load(market, at: composition.now(), seconds: seconds)
            }
            if json {
                return Terminal.printDocument(
                    MarketLoadDocument(
                        file: file, products: loaded.products, quotes: loaded.quotes, series: loaded.series,
                        accounts: loaded.accounts, seconds: seconds))
            }
            print(
                "for \(life) the market is that of \(file): \(loaded.products) products, \(loaded.quotes) prices, "
                    + "\(loaded.series) series of candles, \(loaded.accounts) balances")
        }
    }
}
