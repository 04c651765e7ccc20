import ArgumentParser
import Documents
import Foundation

extension Market {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Each product with its price, its last day, and how many candles are known.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let (rows, reader) = try await composition.withBroker { broker in
                let reader = MarketRows(broker, composition.logger, now: composition.now())
                return (try await reader.all(), reader)
            }
            if json { return Terminal.printDocument(rows.map(reader.document)) }
            Terminal.printTable(MarketRows.heads, rows.map(reader.cells))
        }
    }
}
