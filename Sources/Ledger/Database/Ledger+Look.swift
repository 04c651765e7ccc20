import Foundation
import GRDB
import Logging
import Synchronization

/// Whether the open file is the one at the address, sound, and fit for orders.
extension Ledger {
    /// How long another file must look the same before it is opened: it may be on its way there.
    private static let rest = Duration.seconds(1)
    /// Least time between two looks at the pages of a file that something has written to.
    private static let checkInterval = Duration.seconds(30)
    /// Least time between two attempts to open a file that was refused.
    private static let refusalInterval = Duration.seconds(5)

    /// Looks at the address, and says in the log what has changed since the last look. Call it every few seconds.
    ///
    /// A file that has taken the place of the open one is opened once it has come to rest: checked, migrated, examined.
    /// Costs two system calls and a short read while nothing has changed.
    /// - Returns: why no order is placed at present; `nil` when all is well.
    @discardableResult
    public func look() async -> LedgerError? {
        let facts = FileFacts(path)
        let connection = connection
        if let facts, facts.identity == connection.file {
            state.withLock { $0.newcomer = nil }
            await recheck(facts, connection)
            do throws(LedgerError) {
                if try await !isExamined(connection) { try await examine(connection) }
            } catch {
                if !error.holdsOrders { logger?.warning("the tables could not be looked at: \(error)") }
            }
            return conclude(state.withLock { $0.damage } ?? connection.problem)
        }
        guard let facts else { return conclude(.gone(path: path)) }
        if let known = refusal(of: facts) { return conclude(known) }
        guard hasComeToRest(facts) else { return conclude(.replaced(path: path)) }
        return await reopen(facts, insteadOf: connection)
    }

    /// Why nothing may be decided on what the ledger holds; as `look` with one system call while all is well. Tables
    /// that take no order are no reason: see `trouble`.
    public func fileTrouble() async -> LedgerError? {
        let (connection, damage) = state.withLock { ($0.connection, $0.damage) }
        guard connection.isAtAddress else { return await look() }
        return damage
    }

    /// Why no order is placed at present; `nil` when all is well.
    public func trouble() async -> LedgerError? {
        if let trouble = await fileTrouble() { return trouble }
        return connection.problem
    }

    private func isExamined(_ connection: LedgerConnection) async throws(LedgerError) -> Bool {
        try await read { try connection.isExamined($0) }
    }

    /// SQLite changes the file itself when it empties its log into it. A copy over the file looks the same from
    /// outside, so the pages are looked at, and none that was read before counts.
    private func recheck(_ facts: FileFacts, _ connection: LedgerConnection) async {
        let isDue = state.withLock { state in
            guard state.sound != facts || state.damage != nil,
                state.lastCheck.duration(to: .now) >= Self.checkInterval
            else { return false }
            state.lastCheck = .now
            return true
        }
        guard isDue else { return }
        do throws(LedgerError) {
            try await Ledger.blocking(LedgerAddress(path: path), options) { [path, options] in
                try connection.forgetPages()
                try LedgerFile(path: path, options: options).checkSound()
            }
            state.withLock { ($0.sound, $0.damage) = (facts, nil) }
        } catch {
            guard error.holdsOrders else { return }
            state.withLock { $0.damage = error }
        }
    }

    /// Why a file was not opened that looks as it did a moment ago.
    private func refusal(of facts: FileFacts) -> LedgerError? {
        state.withLock { state in
            guard let refused = state.refused, refused.facts == facts,
                refused.at.duration(to: .now) < Self.refusalInterval
            else { return nil }
            return refused.error
        }
    }

    private func hasComeToRest(_ facts: FileFacts) -> Bool {
        state.withLock { state in
            guard let known = state.newcomer, known.facts == facts else {
                state.newcomer = (facts, .now)
                return false
            }
            return known.since.duration(to: .now) >= Self.rest
        }
    }

    /// Opens what is at the address in place of the old file, which keeps all that was written to it.
    private func reopen(_ facts: FileFacts, insteadOf old: LedgerConnection) async -> LedgerError? {
        let isFirst = state.withLock { state in
            guard !state.isReopening, state.connection === old else { return false }
            state.isReopening = true
            return true
        }
        guard isFirst else { return conclude(.replaced(path: path)) }
        defer { state.withLock { $0.isReopening = false } }
        do throws(LedgerError) {
            let new = try await openAnew(insteadOf: old)
            state.withLock { state in
                state.connection = new
                (state.damage, state.newcomer, state.refused) = (nil, nil, nil)
                state.sound = FileFacts(path)
            }
            logger?.notice("\(path): the file that is at the address now is in use")
            return conclude(new.problem)
        } catch {
            if case .locked = error { return conclude(.replaced(path: path)) }
            state.withLock { $0.refused = (facts, error, .now) }
            return conclude(error)
        }
    }

    private func openAnew(insteadOf old: LedgerConnection) async throws(LedgerError) -> LedgerConnection {
        try await Ledger.blocking(LedgerAddress(path: path), options) { [path, options, now, logger] in
            let lock = try FolderLock(folderOf: FileFacts.resolved(path))
            defer { withExtendedLifetime(lock) {} }
            // The open file's log is removed only for another database: that file may come back.
            guard FileFacts.isDatabase(path) else { throw LedgerError.notADatabase(path: path) }
            if let log = try old.leave() {
                logger?.warning("\(path): the log of the file that was moved away still holds changes: \(log)")
            }
            let new = try LedgerConnection.open(LedgerFile(path: path, options: options))
            _ = try Ledger.prepare(new, now: now, logger ?? Logger(label: "ledger"))
            try? old.pool.close()
            return new
        }
    }

    /// Remembers what was found, and says it when it is something else than before.
    private func conclude(_ trouble: LedgerError?) -> LedgerError? {
        let before = state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble
        }
        guard before != trouble else { return trouble }
        if let trouble { logger?.error("\(trouble)") } else { logger?.notice("\(path): orders are placed again") }
        return trouble
    }
}
