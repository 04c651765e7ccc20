public import Foundation
import GRDB

/// What an operator must have agreed to before it happens.
public enum ConsentSubject: String, Sendable, CaseIterable {
    case rebalance
}

/// Which operators looked at a subject, and agreed to it.
public struct OperatorConsent: Sendable, Equatable {
    /// The operator who was shown the subject last; `nil` for none.
    public let seenBy: String?
    /// When that was.
    public let seenAt: Date?
    /// The first operator who agreed; a later one does not replace it.
    public let confirmedBy: String?
    /// `nil` while no operator has agreed.
    public let confirmedAt: Date?
    /// Arguments that count where a job does not say itself, JSON; `nil` for none.
    public let terms: String?

    /// Whether an operator has agreed.
    public var isGiven: Bool { confirmedBy != nil }

    init(_ row: Row?) {
        seenBy = row?.text("seen_by")
        seenAt = row?.time("seen_at")
        confirmedBy = row?.text("confirmed_by")
        confirmedAt = row?.time("confirmed_at")
        terms = row?.text("terms")
    }
}

extension Ledger {
    /// Whether an operator has looked, and agreed.
    public func consent(_ subject: ConsentSubject) async throws(LedgerError) -> OperatorConsent {
        try await read { OperatorConsent(try Ledger.row(of: subject, $0)) }
    }

    /// Writes down that an operator was shown what would happen.
    /// - Parameter name: of the operator.
    public func noteSeen(_ subject: ConsentSubject, by name: String) async throws(LedgerError) {
        let at = now()
        try await write { db in
            try db.run(
                """
                INSERT INTO operator_consents (subject, seen_by, seen_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (subject) DO UPDATE SET seen_by = ?2, seen_at = ?3
                """, [subject.rawValue, name, LedgerTime(at).text])
        }
    }

    /// Writes down that an operator agrees, once: the first name stays.
    /// - Returns: what is written now.
    public func confirm(_ subject: ConsentSubject, by name: String) async throws(LedgerError) -> OperatorConsent {
        let at = now()
        return try await write { db in
            try Ledger.confirm(subject, by: name, db, at: at)
            return OperatorConsent(try Ledger.row(of: subject, db))
        }
    }

    static func confirm(
        _ subject: ConsentSubject, by name: String, terms: String? = nil, _ db: Database, at now: Date
    ) throws {
        try db.run(
            """
            INSERT INTO operator_consents (subject, confirmed_by, confirmed_at, terms)
            VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (subject) DO UPDATE SET
                confirmed_by = coalesce(confirmed_by, ?2), confirmed_at = coalesce(confirmed_at, ?3)
            """, [subject.rawValue, name, LedgerTime(now).text, terms])
    }

    private static func row(of subject: ConsentSubject, _ db: Database) throws -> Row? {
        try Row.one(db, sql: "SELECT * FROM operator_consents WHERE subject = ?", arguments: [subject.rawValue])
    }

    static func hasNoTrades(_ db: Database) throws -> Bool {
        try Int.fetchOne(db, sql: "SELECT (SELECT count(*) FROM trades) + (SELECT count(*) FROM raw_trades)") == 0
    }
}
