import Exchange
import Foundation
import GRDB
import JobQueue
import TestSupport
import Testing

@testable import Jobs
@testable import Ledger

/// Jobs on a ledger or a clock that cannot be trusted.
@Suite(.serialized)
struct GuardedJobTests {
    @Test func `an order that could not be recorded is not sent, and goes on once it can`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.change("CREATE TRIGGER closed BEFORE INSERT ON trades BEGIN SELECT RAISE(ABORT, 'closed'); END")
        let held = try await bench.attempt("execution", ExecutionJobTests.buy, id: "job-1")
        #expect(held.state == .scheduled && held.envelope.attempts == 0)
        #expect(held.postponements.first?.contains("closed") == true, "\(held.postponements)")
        try await bench.expectNoOrder()
        let again = try await bench.rerun(in: "execution")
        #expect(again.state == .scheduled && again.envelope.attempts == 0)
        try await bench.change("DROP TRIGGER closed")
        try await bench.fillCache()
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `an order that was sent before the tables were changed is recorded afterwards`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let plot = AttemptPlot { moment in
            if moment == .after(.place) {
                try? await bench.change(
                    "CREATE TRIGGER closed BEFORE INSERT ON trades BEGIN SELECT RAISE(ABORT, 'closed'); END")
            }
            return .goOn
        }
        let held = try await bench.attempt("execution", ExecutionJobTests.buy, id: "job-1", plot)
        #expect(held.state == .scheduled && held.envelope.attempts == 0, "\(held)")
        try await bench.change("DROP TRIGGER closed")
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `a ledger that another program holds locked costs no attempt`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: bench.ledger.path, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let held = try await bench.attempt("execution", ExecutionJobTests.buy, id: "job-1")
        #expect(held.state == .scheduled && held.envelope.attempts == 0, "\(held)")
        #expect(held.postponements.first?.contains("has held the database for over") == true, "\(held.postponements)")
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await bench.fillCache()
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test func `without the database file nothing is decided, and the market goes on`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let path = bench.ledger.path
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        for (kind, payload) in [
            ("execution", ExecutionJobTests.buy), ("evaluation", #"{"bot_id": 1}"#), ("rebalance", "{}"),
            ("execution", #"{"reconcile": true}"#),
        ] {
            let held = try await bench.attempt(kind, payload, id: "\(kind)-\(payload.count)")
            #expect(held.state == .scheduled && held.envelope.attempts == 0, "\(kind)")
            #expect(held.postponements.first?.contains("the database file is gone") == true, "\(kind)")
        }
        let refresh = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "refresh")
        #expect(refresh.state == .succeeded)
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        let id = "execution-\(ExecutionJobTests.buy.count)"
        #expect(try await bench.finish(id, in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: id)
    }

    @Test func `a file that takes the place between two runs of a job is the one that is written`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let path = bench.ledger.path
        try await bench.change("VACUUM INTO '\(path).backup'", isolated: false)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        try FileManager.default.moveItem(atPath: path + ".backup", toPath: path)
        let held = try await bench.attempt("execution", ExecutionJobTests.buy, id: "job-1")
        #expect(held.state == .scheduled && held.envelope.attempts == 0)
        try await eventually("the file is in use", within: .seconds(20), every: .milliseconds(50)) {
            await bench.ledger.look() == nil
        }
        try await bench.fillCache()
        #expect(try await bench.finish("job-1", in: "execution").state == .succeeded)
        try await bench.expectOneOrder(ofJob: "job-1")
    }

    @Test(arguments: [3_600, -3_600, 60])
    func `a host whose clock is off decides nothing, and says so`(seconds: Int) async throws {
        var bench = try await JobBench()
        try bench.restart(TradingSwitches(), checksClock: true)
        try await bench.fillCache()
        bench.wall.advance(seconds)
        for (kind, payload) in [
            ("execution", ExecutionJobTests.buy), ("evaluation", #"{"bot_id": 1}"#), ("rebalance", "{}"),
            ("cache-refresh", #"{"what": "quotes"}"#),
        ] {
            let held = try await bench.attempt(kind, payload, id: kind)
            #expect(held.state == .scheduled && held.envelope.attempts == 0, "\(kind)")
            let reason = held.postponements.first ?? ""
            #expect(reason.contains("\(seconds < 0 ? "behind" : "ahead of") that of Redis"), "\(kind): \(reason)")
        }
        #expect(try await bench.ledger.bot(1)?.lastEvaluation == nil)
        try await bench.expectNoOrder()
    }

    @Test func `a bot goes on at once after a host was an hour ahead`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        bench.wall.advance(3_600)
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "ahead")
        #expect(try await bench.ledger.bot(1)?.confirmationStart != nil)
        bench.wall.advance(-3_600)
        _ = try await bench.decide()
        try await bench.drain("execution")
        #expect(try await bench.orders().count == 1)
    }
}

extension JobBench {
    /// Changes the file as another program does, with a connection of its own.
    func change(_ sql: String, isolated: Bool = true) async throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: ledger.path, configuration: configuration)
        try await queue.writeWithoutTransaction { db in
            guard isolated else { return try db.execute(sql: sql) }
            try db.inTransaction(.immediate) {
                try db.execute(sql: sql)
                return .commit
            }
        }
    }

    /// One more attempt of a job that waits.
    func rerun(in queue: String) async throws -> StoredJob {
        try await makeDue(queue)
        return try await attempt(queue)
    }
}
