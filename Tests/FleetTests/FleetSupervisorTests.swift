import Glibc
import Logging
import ServiceLifecycle
import Testing

@testable import Fleet

@Suite(.serialized, .timeLimit(.minutes(1)))
struct FleetSupervisorTests {
    let clock = SteppedClock()
    let slow = RestartPolicy(base: .seconds(1), cap: .seconds(4), crashLoopAfter: 3, jitter: 0)

    @Test func `each worker of the plan is started and knows its name`() async throws {
        let probe = try FleetProbe(plan(3, "echo $FLOTILLA_WORKER_NAME; exec sleep 1000"), policy: slow, clock: clock)
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            var found: Set<String> = []
            for _ in 0..<3 { found.insert(try #require(await lines.next())) }
            #expect(found == ["trading-1 trading-1", "trading-2 trading-2", "trading-3 trading-3"])
            #expect(await fleet.snapshot().map(\.name) == ["trading-1", "trading-2", "trading-3"])
            #expect(await fleet.snapshot().allSatisfy { $0.state == .running && $0.restarts == 0 })
        }
    }

    @Test func `a killed worker is reported and started again`() async throws {
        let probe = try FleetProbe(plan(1, patientScript), policy: eager, clock: clock)
        try await probe.run { fleet in
            var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
            _ = await lines.next()
            let first = try #require(await fleet.snapshot().first?.processID)
            clock.advance(by: .seconds(3))
            kill(first, SIGKILL)
            let exit = try #require(await exits.next())
            #expect(exit.name == "trading-1" && exit.pool == "trading" && exit.processID == first)
            #expect(exit.exit.reason == .signalled(SIGKILL) && !exit.wasDraining)
            #expect(exit.uptime == .seconds(3))
            #expect(await lines.next() == "trading-1 up")
            let second = try #require(await fleet.snapshot().first)
            #expect(second.processID != first && second.restarts == 1 && second.lastExit == .signalled(SIGKILL))
        }
    }

    @Test func `a worker is not started again before its exit was dealt with`() async throws {
        let (release, released) = AsyncStream.makeStream(of: Void.self)
        let (calls, called) = AsyncStream.makeStream(of: Void.self)
        let fleet = try FleetSupervisor(
            plan: plan(1, "exit 1"), policy: eager, grace: .zero, clock: clock, random: SystemRandomNumberGenerator(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { _ in
            called.yield()
            for await _ in release { break }
        }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fleet.run() }
            var iterator = calls.makeAsyncIterator()
            await iterator.next()
            #expect(await fleet.snapshot().first?.restarts == 0)
            released.yield()
            await iterator.next()
            #expect(await fleet.snapshot().first?.restarts == 1)
            group.cancelAll()
            released.finish()
        }
    }

    @Test func `a crash loop is retried at doubling pauses and shown`() async throws {
        let probe = try FleetProbe(plan(1, "exit 9"), policy: slow, clock: clock)
        try await probe.run { fleet in
            var sleeps = clock.sleeps.makeAsyncIterator()
            for (death, pause) in [1, 2, 4, 4, 4].enumerated() {
                #expect(await sleeps.next() == .seconds(pause))
                let status = try #require(await fleet.snapshot().first)
                #expect(status.state == .waiting && status.lastExit == .exited(9))
                #expect(status.isCrashLoop == (death >= 2))
                clock.advance(by: .seconds(pause))
            }
        }
    }

    @Test func `a program that cannot be started is tried again, not given up`() async throws {
        let missing = try FleetPlan(
            pools: [.init(name: "trading", processes: 1, command: ProcessCommand("/nowhere/at/all"))])
        let probe = try FleetProbe(missing, policy: slow, clock: clock)
        try await probe.run { fleet in
            var sleeps = clock.sleeps.makeAsyncIterator()
            #expect(await sleeps.next() == .seconds(1))
            #expect(await fleet.snapshot().first?.lastExit == .notStarted(errno: ENOENT))
            clock.advance(by: .seconds(1))
            #expect(await sleeps.next() == .seconds(2))
        }
    }

    @Test func `a worker that ignores SIGTERM is killed after the grace`() async throws {
        let script = "trap '' TERM; echo up; while :; do sleep 1000; done"
        let probe = try FleetProbe(plan(1, script), policy: slow, clock: clock)
        try await probe.run { fleet in
            var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
            var sleeps = clock.sleeps.makeAsyncIterator()
            _ = await lines.next()
            async let stopped: Void = fleet.stop(grace: .seconds(7))
            #expect(await sleeps.next() == .seconds(7))
            #expect(await fleet.snapshot().first?.state == .draining)
            clock.advance(by: .seconds(7))
            let exit = await exits.next()
            #expect(exit?.exit.reason == .signalled(SIGKILL) && exit?.wasDraining == true)
            await stopped
        }
    }

    @Test func `stopping leaves nothing behind`() async throws {
        let probe = try FleetProbe(plan(4, "sleep 1000 & echo up; wait"), policy: eager, clock: clock)
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            for _ in 0..<4 { _ = await lines.next() }
            let processes = await fleet.snapshot().compactMap(\.processID)
            #expect(processes.count == 4)
            await fleet.stop(grace: .seconds(5))
            #expect(processes.filter(exists).isEmpty)
            #expect(await fleet.snapshot().isEmpty)
        }
    }

    @Test func `a cancelled fleet kills at once`() async throws {
        let script = "trap '' TERM; echo up; while :; do sleep 1000; done"
        let probe = try FleetProbe(plan(2, script), policy: slow, clock: clock)
        try await probe.run { _ in
            var lines = probe.lines.makeAsyncIterator()
            for _ in 0..<2 { _ = await lines.next() }
        }
        var exits = probe.exits.makeAsyncIterator()
        for _ in 0..<2 { #expect(await exits.next()?.exit.reason == .signalled(SIGKILL)) }
    }

    @Test func `a service group's graceful shutdown drains the fleet`() async throws {
        let probe = try FleetProbe(plan(1, patientScript), policy: slow, clock: clock)
        let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(services: [probe.fleet], logger: quiet)
        async let running: Void = group.run()
        var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
        _ = await lines.next()
        await group.triggerGracefulShutdown()
        #expect(await exits.next()?.exit.reason == .signalled(SIGTERM))
        try await running
    }

    @Test func `a signal is passed on to every worker`() async throws {
        let script = "trap 'echo told' USR1; echo up; while :; do sleep 1000 & wait $!; done"
        let probe = try FleetProbe(plan(2, script), policy: slow, clock: clock)
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            for _ in 0..<2 { _ = await lines.next() }
            await fleet.signal(SIGUSR1)
            var told: Set<String> = []
            while told.count < 2 {
                let line = try #require(await lines.next())
                if line.hasSuffix("told") { told.insert(line) }
            }
            #expect(told == ["trading-1 told", "trading-2 told"])
        }
    }

    @Test func `a fleet runs once`() async throws {
        let probe = try FleetProbe(plan(0, patientScript), policy: slow, clock: clock)
        try await probe.run { fleet in await fleet.stop(grace: .zero) }
        await #expect(throws: FleetError.alreadyRun) { try await probe.fleet.run() }
    }
}
