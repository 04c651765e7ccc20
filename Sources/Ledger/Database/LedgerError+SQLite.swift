import Foundation
import GRDB
import Trading

extension LedgerError {
    /// What an error thrown inside a database access means to the caller. Ours pass through.
    init(_ error: any Error, path: String, busySeconds: Double) {
        switch error {
        case let error as LedgerError: self = error
        case is CancellationError: self = .cancelled
        case let error as DatabaseError: self = LedgerError.from(error, path: path, busySeconds: busySeconds)
        default: self = .failed(path: path, code: 0, detail: "\(error)")
        }
    }

    private static func from(_ error: DatabaseError, path: String, busySeconds: Double) -> LedgerError {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path, seconds: busySeconds)
        case .SQLITE_NOTADB: .notADatabase(path: path)
        case .SQLITE_CORRUPT: .damaged(path: path, detail: error.message ?? "malformed")
        case .SQLITE_READONLY, .SQLITE_PERM: .readOnly(path: path)
        case .SQLITE_FULL: .diskFull(path: path)
        case .SQLITE_CANTOPEN: .cannotOpen(path: path)
        case .SQLITE_INTERRUPT: .cancelled
        default:
            .failed(path: path, code: Int(error.extendedResultCode.rawValue), detail: error.message ?? "no message")
        }
    }
}
