import Foundation
import GRDB
import Ledger
import TestSupport

/// A ledger file of its own for each test: the database that the goldens were recorded with, migrated, at its "now".
/// The file goes with it.
final class FixtureLedger: Sendable {
    let ledger: Ledger
    private let folder: String

    /// 2025-10-04T12:00:00Z.
    static let now = Date(timeIntervalSince1970: 1_759_579_200)

    /// - Parameters:
    ///   - fixture: whether the rows of `fixture.sql` are in it; else only the tables.
    ///   - sql: run as by another program, before the ledger is opened when there is a fixture, else after.
    init(fixture: Bool = true, changedBy sql: String = "") async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/ledger.db"
        if fixture {
            try Self.fill(path, Self.fixture() + sql)
        }
        ledger = try await Ledger.open(LedgerAddress(path: path), now: { Self.now }, logger: .quiet)
        if !fixture, !sql.isEmpty { try raw { try $0.execute(sql: sql) } }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Another connection to the file, as another program has one.
    func raw<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.connection(ledger.path).writeWithoutTransaction(body)
    }

    private static func fill(_ path: String, _ sql: String) throws {
        try connection(path).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func execute(_ sql: String) throws { try raw { try $0.execute(sql: sql) } }

    /// The text of `fixture.sql`.
    static func fixture() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "../LedgerTests/Fixtures/fixture.sql")
        return try String(contentsOf: file, encoding: .utf8) + "\n"
    }

    private static func connection(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
    }
}
