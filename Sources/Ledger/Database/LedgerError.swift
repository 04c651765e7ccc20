public import Trading

/// Everything that can go wrong with the ledger. `description` says where, what, and what to do.
///
/// No case is ever the result of, or followed by, a deletion: a file that cannot be used is left as it was found.
public enum LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database URL cannot be understood.
    case badAddress(url: String, problem: String)
    /// The folder that should hold the file does not exist.
    case folderMissing(path: String)
    /// The path leads to a folder.
    case isFolder(path: String)
    /// A reader asked for a file that does not exist.
    case fileMissing(path: String)
    /// The operating system refused to open the file.
    case cannotOpen(path: String)
    /// The file is not a SQLite database (SQLITE_NOTADB).
    case notADatabase(path: String)
    /// SQLite found the file damaged (SQLITE_CORRUPT).
    case damaged(path: String, detail: String)
    /// The file is sound, and damaged together with the write-ahead log beside it: that belongs to another file.
    case foreignLog(path: String, log: String, detail: String)
    /// There is no file at the address any more; what is held open was moved away or deleted.
    case gone(path: String)
    /// Another file is at the address than the one that is held open.
    case replaced(path: String)
    /// The tables do not take what an order leaves behind.
    case unfitSchema(path: String, problem: String, remedy: String)
    /// Another process held the file for longer than the busy timeout.
    case locked(path: String, seconds: Double)
    /// The file, its folder or this connection cannot be written to.
    case readOnly(path: String)
    /// The disk has no room for the change; the transaction was rolled back.
    case diskFull(path: String)
    /// A backup or restore was not begun: clauses without a full stop.
    case copyRefused(path: String, problem: String, remedy: String)
    /// The system did not let a backup or restore be written, for the reason given without a full stop.
    case copyFailed(path: String, reason: String)
    /// The file holds tables, and none of the trading database.
    case foreignTables(path: String, tables: [String])
    /// A table of the same name lacks columns that the ledger needs: the file belongs to another application.
    case otherSchema(path: String, table: String, missing: [String])
    /// The file was written by a newer Flotilla.
    case newerSchema(path: String, version: Int, known: Int)
    /// A reader found the file without all migrations.
    case notMigrated(path: String, version: Int, needed: Int)
    /// The lease behind this write was lost: a later lease of the same job has written already.
    case fenced(job: String, stored: Int64, offered: Int64)
    /// An intent of this client order id exists with other parameters.
    case intentDiffers(clientOrderID: String, field: String, stored: String, offered: String)
    /// An intent cannot go from its stored state to the wanted one.
    case illegalMove(clientOrderID: String, from: OrderState, to: OrderState)
    /// No intent has this client order id.
    case noSuchIntent(clientOrderID: String)
    /// No bot has this id.
    case noSuchBot(id: Int)
    /// A stored value that a decision needs cannot be read.
    case unreadable(row: String, column: String, value: String)
    /// The demo bots' JSON is not what it should be.
    case badSeed(problem: String)
    /// The task was cancelled before the read was done.
    case cancelled
    /// SQLite refused for another reason; the transaction was rolled back.
    case failed(path: String, code: Int, detail: String)

    /// One or two sentences: where, what is wrong, and what to do.
    public var description: String {
        switch self {
        case .badAddress(let url, let problem):
            "DATABASE_URL '\(url)': \(problem). Use sqlite:///relative.db or sqlite:////absolute.db."
        case .folderMissing(let path):
            "\(path): the folder does not exist. Create it, or point DATABASE_URL at another file."
        case .isFolder(let path):
            "\(path): this is a folder, not a database file. Add a file name to DATABASE_URL."
        case .fileMissing(let path):
            "\(path): there is no such file. 'flotilla up' creates it; or correct DATABASE_URL."
        case .cannotOpen(let path):
            "\(path): the file cannot be opened. Let this user read and write it and its folder."
        case .notADatabase(let path):
            "\(path): this is not a SQLite database; nothing was changed. Point DATABASE_URL at the right file."
        case .damaged(let path, let detail):
            "\(path): the database is damaged (\(detail)); nothing was changed. "
                + "Restore a backup with 'flotilla db restore FILE', or try 'sqlite3 FILE .recover'."
        case .foreignLog, .gone, .replaced, .unfitSchema: trustDescription
        case .locked(let path, let seconds):
            "\(path): another process has held the database for over \(seconds) s. "
                + "Find it with 'lsof \(path)'; what waits goes on when it lets go."
        case .readOnly(let path):
            "\(path): the database cannot be written to. Make the file and its folder writable for this user."
        case .diskFull(let path):
            "\(path): the disk is full; the change was rolled back. Free some space."
        case .copyRefused(let path, let problem, let remedy):
            "\(path): \(problem); nothing was changed. \(remedy)."
        case .copyFailed(let path, let reason):
            "\(path): it cannot be written: \(reason); nothing was changed. Choose another place."
        default: stateDescription
        }
    }

    /// Whether nothing may be decided or ordered on this ledger until it has been mended, or a file has come to
    /// rest: jobs wait for it, unspent.
    public var holdsOrders: Bool {
        switch self {
        case .damaged, .foreignLog, .gone, .replaced, .unfitSchema: true
        default: false
        }
    }

    /// Whether it may pass without anybody's doing: jobs wait for it, unspent, instead of using up their attempts.
    public var mayPass: Bool {
        switch self {
        case .locked, .diskFull, .readOnly: true
        default: false
        }
    }

    /// Why the file at the address cannot be trusted with an order.
    private var trustDescription: String {
        switch self {
        case .foreignLog(let path, let log, let detail):
            "\(path): damaged together with the write-ahead log beside it (\(detail)), and sound without it: the log "
                + "is of another file. Stop what uses the database, move \(log) and its -shm away, and start again."
        case .gone(let path):
            "\(path): the database file is gone, and orders are held. "
                + "Put it back, or restore a backup to this path: it is opened then."
        case .replaced(let path):
            "\(path): another file has taken the place of the database that was open, and orders are held. "
                + "It is opened when it has come to rest; if this stays, run 'flotilla doctor'."
        case .unfitSchema(let path, let problem, let remedy):
            "\(path): orders are held, because \(problem). \(remedy); then they go on."
        default: ""
        }
    }

    /// What is wrong with the contents, as opposed to the file.
    private var stateDescription: String {
        switch self {
        case .foreignTables(let path, let tables):
            "\(path): it holds \(tables.prefix(3).joined(separator: ", "))\(tables.count > 3 ? ", …" : "") and no "
                + "table of the trading database; nothing was changed. Point DATABASE_URL at the right file or at a "
                + "new one."
        case .otherSchema(let path, let table, let missing):
            "\(path): table '\(table)' lacks \(missing.joined(separator: ", ")); it belongs to another application. "
                + "Point DATABASE_URL at the trading database or at a new file."
        case .newerSchema(let path, let version, let known):
            "\(path): the schema is version \(version), this program knows \(known). Run a newer flotilla."
        case .notMigrated(let path, let version, let needed):
            "\(path): the schema is version \(version) and \(needed) is needed. "
                + "'flotilla up', or a worker that starts, brings it there."
        case .fenced(let job, let stored, let offered):
            "Job \(job): lease \(offered) was lost, lease \(stored) has written since. "
                + "Nothing was changed; stop this attempt."
        case .intentDiffers(let id, let field, let stored, let offered):
            "Intent \(id): \(field) is stored as \(stored) but offered as \(offered). "
                + "Use a new attempt number for another order."
        case .illegalMove(let id, let from, let to):
            "Intent \(id): cannot go from \(from.rawValue) to \(to.rawValue). "
                + "Read the intent again and continue from its state."
        case .noSuchIntent(let id):
            "Intent \(id): not in the ledger. Begin the intent before the order is sent."
        case .noSuchBot(let id):
            "Bot \(id): not in the ledger. It was deleted, or never made."
        case .unreadable(let row, let column, let value):
            "Ledger row '\(row)': \(column) holds '\(value)', which is no decimal number. Correct the row."
        case .badSeed(let problem):
            "The demo bots cannot be read: \(problem). Restore ops/demo/bots.json."
        case .cancelled:
            "The read was cancelled before it was done. Run it again."
        case .failed(let path, let code, let detail):
            "\(path): SQLite error \(code): \(detail); the change was rolled back. Run 'flotilla doctor'."
        case .badAddress, .folderMissing, .isFolder, .fileMissing, .cannotOpen, .notADatabase, .damaged, .foreignLog,
            .gone, .replaced, .unfitSchema, .locked, .readOnly, .diskFull, .copyRefused, .copyFailed:
            ""
        }
    }
}
