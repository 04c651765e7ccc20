public import Foundation
import GRDB
public import Logging

/// How a ledger is opened.
public struct LedgerOptions: Sendable, Equatable {
    /// How long a statement waits for another process that holds the file, in seconds.
    public var busySeconds: Double
    /// Most reads at the same moment in this process.
    public var readers: Int

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
    public let path: String
    /// Whether this call to `open` created the tables: of several processes, one is told so.
    public let isFresh: Bool
    let now: @Sendable () -> Date
    private let pool: DatabasePool
    private let options: LedgerOptions

    /// Opens the file for reading and writing, creating it when missing and applying missing migrations.
    ///
    /// Safe when several processes do so at once. A file that is not the trading database is refused unchanged.
    /// - Throws: every case of `LedgerError` that names a path, but `fileMissing` and `notMigrated`.
    public static func open(
        _ address: LedgerAddress, options: LedgerOptions = LedgerOptions(), now: @escaping @Sendable () -> Date,
        logger: Logger
    ) async throws(LedgerError) -> Ledger {
        try await blocking(address, options) {
            let pool = try LedgerFile(path: address.path, options: options).openForWriting()
            guard try pool.read(Migrator.version) < Migration.newest else {
                return Ledger(address, pool, options, isFresh: false, now: now)
            }
            let (isFresh, applied) = try pool.write { db in
                // Again, now that the file is ours alone: another process may have come between.
                _ = try SchemaCheck.check(db, path: address.path)
                return (try !db.tableExists("bots"), try Migrator.migrate(db, at: now()))
            }
            if !applied.isEmpty {
                logger.info("ledger migrated", metadata: ["path": "\(address.path)", "applied": "\(applied)"])
            }
            return Ledger(address, pool, options, isFresh: isFresh, now: now)
        }
    }

    /// Opens a migrated file without the ability to write; nothing is created.
    /// - Throws: as `open`, and `fileMissing`, `notMigrated`. Later, a method that writes throws `readOnly`.
    public static func openReadOnly(
        _ address: LedgerAddress, options: LedgerOptions = LedgerOptions(), now: @escaping @Sendable () -> Date
    ) async throws(LedgerError) -> Ledger {
        try await blocking(address, options) {
            let pool = try LedgerFile(path: address.path, options: options).openForReading()
            return Ledger(address, pool, options, isFresh: false, now: now)
        }
    }

    private init(
        _ address: LedgerAddress, _ pool: DatabasePool, _ options: LedgerOptions, isFresh: Bool,
        now: @escaping @Sendable () -> Date
    ) {
        path = address.path
        self.pool = pool
        self.options = options
        self.isFresh = isFresh
        self.now = now
    }

    /// Closes the connections once what they do is done. Later calls throw `failed`.
    public func close() async throws(LedgerError) {
        try await Ledger.blocking(LedgerAddress(path: path), options) { [pool] in try pool.close() }
    }

    /// A consistent view of the file. Throws `cancelled` when the task is.
    func read<Value: Sendable>(
        _ question: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await pool.read(question)
        } catch {
            throw LedgerError(error, path: path, busySeconds: options.busySeconds)
        }
    }

    /// One BEGIN IMMEDIATE transaction, which GRDB uses for every write; rolled back when `changes` throws.
    func write<Value: Sendable>(
        _ changes: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            // Not the async `write`, which would break off when the task is cancelled.
            pool.asyncWrite(changes) { _, result in continuation.resume(returning: result) }
        }
        return try result.mapError { LedgerError($0, path: path, busySeconds: options.busySeconds) }.get()
    }

    /// Opening and closing block, so they leave Swift's pool of threads.
    private static func blocking<Value: Sendable>(
        _ address: LedgerAddress, _ options: LedgerOptions, _ work: @escaping @Sendable () throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Result(catching: work)) }
        }
        return try result.mapError { LedgerError($0, path: address.path, busySeconds: options.busySeconds) }.get()
    }
}
