public import Foundation
import GRDB
public import Logging
import Synchronization

/// How a ledger is opened.
public struct LedgerOptions: Sendable, Equatable {
    /// How long a statement waits for another process that holds the file, in seconds.
    public var busySeconds: Double
    /// Most reads at the same moment in this process.
    public var readers: Int

    /// The defaults suit several processes on one file: 5 s busy timeout, 5 readers. Checks no range.
    public init(busySeconds: Double = 5, readers: Int = 5) {
        self.busySeconds = busySeconds
        self.readers = readers
    }
}

/// The SQLite file: what was decided, ordered and filled. Shared with the Python application and other workers.
///
/// Every method that writes is one `BEGIN IMMEDIATE` transaction, waits at most the busy timeout for other processes,
/// and can be run twice with the effect of once. A write ignores task cancellation: it is short, and half of it is
/// never the outcome. On any error nothing has changed.
public final class Ledger: Sendable {
    /// The address's path, as it was given; errors name it.
    public let path: String
    /// Whether this call to `open` created the tables: of several processes, one is told so.
    public let isFresh: Bool
    let now: @Sendable () -> Date
    let options: LedgerOptions
    let logger: Logger?
    /// The connections in use, and what speaks against them.
    let state: Mutex<State>

    struct State {
        var connection: LedgerConnection
        /// Why no order is placed, as `look` found it last.
        var trouble: LedgerError?
        /// SQLite found damage; another file ends that, or a look at all pages that finds none.
        var damage: LedgerError?
        /// How the file looked when it was known to be sound.
        var sound: FileFacts?
        /// Another file at the address, and since when it has looked like that.
        var newcomer: (facts: FileFacts, since: ContinuousClock.Instant)?
        /// Another file at the address that could not be opened.
        var refused: (facts: FileFacts, error: LedgerError, at: ContinuousClock.Instant)?
        var isReopening = false
        var lastCheck = ContinuousClock.now
    }

    /// Opens the file for reading and writing, creating it when missing and applying missing migrations.
    ///
    /// Safe when several processes do so at once. A file that is not the trading database is refused unchanged.
    /// - Throws: every case of `LedgerError` that names a path, but `fileMissing` and `notMigrated`.
    public static func open(
        _ address: LedgerAddress, options: LedgerOptions = LedgerOptions(), now: @escaping @Sendable () -> Date,
        logger: Logger
    ) async throws(LedgerError) -> Ledger {
        try await blocking(address, options) {
            let connection = try LedgerConnection.open(LedgerFile(path: address.path, options: options))
            let isFresh = try prepare(connection, now: now, logger)
            return Ledger(address, connection, options, isFresh: isFresh, now: now, logger)
        }
    }

    /// Migrates and examines what was just opened.
    /// - Returns: whether the tables were created now.
    static func prepare(_ connection: LedgerConnection, now: () -> Date, _ logger: Logger) throws -> Bool {
        let path = connection.path
        var isFresh = false
        if try connection.pool.read(Migrator.version) < Migration.newest {
            let applied = try connection.pool.write { db in
                // Again, now that the file is ours alone: another process may have come between.
                _ = try SchemaCheck.check(db, path: path)
                isFresh = try !db.tableExists("bots")
                return try Migrator.migrate(db, at: now())
            }
            if !applied.isEmpty {
                logger.info("ledger migrated", metadata: ["path": "\(path)", "applied": "\(applied)"])
            }
        }
        report(restored: try connection.examine(at: now()), path, logger)
        return isFresh
    }

    static func report(restored: [String], _ path: String, _ logger: Logger?) {
        guard !restored.isEmpty else { return }
        logger?.warning("\(path): another program had dropped \(restored.joined(separator: ", ")); restored")
    }

    /// Opens a migrated file without the ability to write; nothing is created.
    /// - Throws: as `open`, and `fileMissing`, `notMigrated`. Later, a method that writes throws `readOnly`.
    public static func openReadOnly(
        _ address: LedgerAddress, options: LedgerOptions = LedgerOptions(), now: @escaping @Sendable () -> Date
    ) async throws(LedgerError) -> Ledger {
        try await blocking(address, options) {
            let pool = try LedgerFile(path: address.path, options: options).openForReading()
            return Ledger(address, LedgerConnection(pool, address.path), options, isFresh: false, now: now, nil)
        }
    }

    private init(
        _ address: LedgerAddress, _ connection: LedgerConnection, _ options: LedgerOptions, isFresh: Bool,
        now: @escaping @Sendable () -> Date, _ logger: Logger?
    ) {
        path = address.path
        self.logger = logger
        state = Mutex(State(connection: connection, sound: FileFacts(address.path)))
        self.options = options
        self.isFresh = isFresh
        self.now = now
    }

    /// Closes the connections once what they do is done. Later calls throw `failed`.
    public func close() async throws(LedgerError) {
        try await Ledger.blocking(LedgerAddress(path: path), options) { [connection] in try connection.pool.close() }
    }

    var connection: LedgerConnection { state.withLock { $0.connection } }

    /// A consistent view of the file that is open. Throws `cancelled` when the task is.
    func read<Value: Sendable>(
        _ question: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await connection.pool.read(question)
        } catch {
            throw noted(error)
        }
    }

    private enum Written<Value: Sendable>: Sendable {
        case done(Value)
        /// Another program has changed the tables; nothing was written.
        case changedTables
    }

    /// How often a write looks at tables that another program goes on changing.
    private static let schemaRounds = 4

    /// One BEGIN IMMEDIATE transaction, which GRDB uses for every write; rolled back when `changes` throws. Tables that
    /// another program has changed are looked at first.
    /// - Parameter placing: whether an order follows: then the tables must take what it leaves behind.
    /// - Throws: `replaced` or `gone` when the open file is not the one at the address; `unfitSchema` when placing.
    func write<Value: Sendable>(
        placing: Bool = false, _ changes: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        for _ in 0..<Self.schemaRounds {
            let connection = try trusted(placing: placing)
            let written: Written<Value> = try await transaction(connection) { db in
                guard try connection.isExamined(db) else { return .changedTables }
                if placing, let problem = connection.problem { throw problem }
                return .done(try changes(db))
            }
            if case .done(let value) = written { return value }
            try await examine(connection)
        }
        throw .unfitSchema(
            path: path, problem: "another program goes on changing the tables", remedy: "Wait until it is done")
    }

    /// The connection, when what it writes is found at the address.
    private func trusted(placing: Bool) throws(LedgerError) -> LedgerConnection {
        let (connection, damage) = state.withLock { ($0.connection, $0.damage) }
        if placing, let damage { throw damage }
        guard connection.isAtAddress else {
            throw FileFacts(path) == nil ? .gone(path: path) : .replaced(path: path)
        }
        return connection
    }

    private func transaction<Value: Sendable>(
        _ connection: LedgerConnection, _ changes: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        let began = ContinuousClock.now
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            // Not the async `write`, which would break off when the task is cancelled.
            connection.pool.asyncWrite(changes) { _, result in continuation.resume(returning: result) }
        }
        // With the wait for other processes; ops/bench/neighbour.py reads it.
        logger?.trace(
            "ledger write", metadata: ["microseconds": "\(began.duration(to: .now) / .microseconds(1))"])
        return try result.mapError { noted($0) }.get()
    }

    func examine(_ connection: LedgerConnection) async throws(LedgerError) {
        let at = now()
        let restored = try await Ledger.blocking(LedgerAddress(path: path), options) { try connection.examine(at: at) }
        Ledger.report(restored: restored, path, logger)
    }

    /// What an error of SQLite means; damage is remembered.
    private func noted(_ error: any Error) -> LedgerError {
        let error = LedgerError(error, path: path, busySeconds: options.busySeconds)
        switch error {
        case .damaged, .notADatabase: state.withLock { $0.damage = $0.damage ?? error }
        default: break
        }
        return error
    }

    /// Opening and closing block, so they leave Swift's pool of threads.
    static func blocking<Value: Sendable>(
        _ address: LedgerAddress, _ options: LedgerOptions, _ work: @escaping @Sendable () throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.mapError { LedgerError($0, path: address.path, busySeconds: options.busySeconds) }.get()
    }
}
