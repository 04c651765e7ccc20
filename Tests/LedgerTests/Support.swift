import Foundation
import GRDB
import Logging
import Trading

@testable import Ledger

/// A folder of its own for each test, removed with it.
final class Scratch: Sendable {
    let folder: String
    var path: String { folder + "/ledger.db" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func open(busySeconds: Double = 5, logger: Logger? = nil) async throws(LedgerError) -> Ledger {
        try await Ledger.open(
            LedgerAddress(path: path), options: LedgerOptions(busySeconds: busySeconds), now: { noon },
            logger: logger ?? Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// A file as the Python application left it: ten tables with rows, rollback journal.
    func useFixture() throws {
        let sql = try String(contentsOfFile: fixtures + "/fixture.sql", encoding: .utf8)
        try raw { try $0.execute(sql: sql) }
    }

    /// Another connection to the file, as the Python application has one.
    func raw<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration).writeWithoutTransaction(body)
    }

    /// A connection in the middle of a transaction, until it is closed.
    func hold(_ kind: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN \(kind)") }
        return queue
    }
}

let fixtures = (#filePath as NSString).deletingLastPathComponent + "/Fixtures"
let demoBots = (#filePath as NSString).deletingLastPathComponent + "/../../ops/demo/bots.json"

/// 2025-10-04 12:00:00 UTC, the fixture's "now".
let noon = Date(timeIntervalSince1970: 1_759_579_200)
let bitcoin = ProductID(rawValue: "BTC-USD")!

func amount(_ text: String) throws -> Amount { try Amount(text) }

func intent(_ id: String, job: String = "job-1", side: Side = .buy, size: String = "0.01") throws -> OrderIntent {
    OrderIntent(
        jobID: job, leg: "cross", attempt: 1, clientOrderID: id, product: bitcoin, side: side,
        baseSize: try Amount(size), limitPrice: try Amount("60000.01"), kind: .limitIOC, createdAt: noon)
}

func report(_ orderID: String, client: String?, side: Side = .buy, state: OrderState) -> OrderReport {
    OrderReport(
        orderID: orderID, clientOrderID: client, product: bitcoin, side: side, state: state, createdAt: noon)
}

func fill(_ id: String, _ size: String, at price: String, fee: String = "0") throws -> FillReport {
    FillReport(
        fillID: id, size: try Amount(size), price: try Amount(price), commission: try Amount(fee),
        at: noon.addingTimeInterval(1))
}
