import ProgramSupport
import TestSupport
import Testing

extension Chaos {
    /// Everything at once: see ops/runbooks/chaos.md.
    @Suite(.serialized) struct LiveChaosTests {
        @Test(.timeLimit(.minutes(ChaosSettings.limitMinutes)))
        func `nothing is lost, repeated without a reason or forgotten while everything breaks`() async throws {
            let plan = FaultPlan(seed: ChaosSettings.seed, length: ChaosSettings.length, kinds: ChaosFleet.faults)
            print("chaos: seed \(ChaosSettings.seed), \(plan.faults.count) faults in \(ChaosSettings.length)")
            if ChaosFleet.clockLibrary == nil { print("no clock is stepped; 'apt-get install faketime' adds it") }
            // A small file is rewritten often and read quickly after a kill.
            let arguments = ["--appendfsync", "always", "--auto-aof-rewrite-min-size", "8mb"]
            let options = TemporaryRedis.Options(appendOnly: true, arguments: arguments)
            let (schedule, testJobs) = (ChaosFleet.schedule, Schedules.testJobs)
            try await withRedis(options, schedule: schedule, environment: testJobs) { sandbox, server in
                let fleet = try await ChaosFleet.start(in: sandbox, server)
                defer { fleet.forgetClocks() }
                let report = try await Scenario(fleet: fleet, plan: plan).run()
                print(report.table)
                for miss in report.misses { print("met nothing: \(miss)") }
                expectAllWell(report)
                try await sandbox.isLeft(within: .seconds(10))
                try await fleet.stopProxies()
            }
        }

        private func expectAllWell(_ report: ChaosReport) {
            let jobs = report.jobs
            let seed = "seed \(report.seed)"
            #expect(jobs.lost.isEmpty, "\(seed), lost: \(jobs.lost.prefix(20))\n\(jobs.records(of: jobs.lost))")
            #expect(jobs.strangers.isEmpty, "\(seed): \(jobs.strangers.prefix(20))")
            #expect(jobs.wrong.isEmpty, "\(seed), \(jobs.wrong.count):\n\(jobs.records(of: jobs.wrong))")
            #expect(jobs.unexplained.isEmpty, "\(seed):\n\(jobs.records(of: jobs.unexplained))")
            #expect(report.endedTwice.isEmpty, "\(seed):\n\(jobs.records(of: report.endedTwice))")
            #expect(report.ticks.lost == 0, "\(seed)")
            #expect(report.ticks.again == report.ticks.againExplained, "\(seed)")
            #expect(report.ticks.unseen == 0, "\(seed)")
            #expect(report.ticks.missed <= report.ticksSkipped, "\(seed)")
            #expect(report.ticks.holes == 0, "\(seed)")
            // The short run shares its machine with a debug build of everything.
            let patience: Int64 = ChaosSettings.isLong ? 5_000 : 20_000
            #expect(report.edits.allSatisfy { ($0 ?? .max) < patience }, "\(seed), edits obeyed after: \(report.edits)")
            #expect(report.neighbour.left.isEmpty && report.neighbour.cancelled > 0, "\(seed): \(report.neighbour)")
            #expect(report.audit.hasPrefix("clean"), "\(seed): \(report.audit)")
            #expect(report.slowestRecovery.milliseconds < 10_000, "\(seed): \(report.slowestRecovery)")
            if let minutes = ChaosSettings.minutes {
                #expect(jobs.jobs >= 5_000 * minutes, "fewer jobs than the run is meant to have")
                #expect(report.faults.count >= 10 * minutes, "fewer faults than the run is meant to have")
            }
        }
    }
}
