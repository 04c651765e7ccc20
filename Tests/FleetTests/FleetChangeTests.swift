import Glibc
import Testing

@testable import Fleet

/// New plans and rolling restarts of a fleet that runs.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FleetChangeTests {
    let clock = SteppedClock()
    let slow = RestartPolicy(base: .seconds(1), cap: .seconds(4), crashLoopAfter: 3, jitter: 0)

    @Test func `scaling down drains the surplus and leaves the rest alone`() async throws {
        let probe = try FleetProbe(plan(3, patientScript), policy: slow, clock: clock)
        let smaller = try plan(1, patientScript)
        try await probe.run { fleet in
            var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
            for _ in 0..<3 { _ = await lines.next() }
            let kept = await fleet.snapshot().first?.processID
            await fleet.update(smaller)
            var ended: Set<String> = []
            for _ in 0..<2 {
                let exit = try #require(await exits.next())
                #expect(exit.wasDraining)
                ended.insert(exit.name)
            }
            #expect(ended == ["trading-2", "trading-3"])
            await fleet.stop(grace: .seconds(5))
            #expect(await exits.next()?.processID == kept)
        }
    }

    @Test func `a new plan drains one worker after the other, those of the last pools last`() async throws {
        let mark = "/tmp/flotilla-turns-\(getpid())"
        let script = """
            exec 2>/dev/null # A shell says there that its sleep was terminated.
            trap 'echo told; while [ ! -e \(mark)-$FLOTILLA_WORKER_NAME ]; do sleep 0.02; done; exit 0' TERM
            echo up; while :; do sleep 1000 & wait $!; done
            """
        let turns = ["plain-2", "plain-1", "orders-1"]
        defer { for name in turns { unlink("\(mark)-\(name)") } }
        let full = try FleetPlan(pools: [
            .init(name: "orders", processes: 1, command: shell(script)),
            .init(name: "plain", processes: 2, command: shell(script)),
        ])
        let probe = try FleetProbe(full, policy: slow, clock: clock)
        try await probe.run { fleet in
            var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
            for _ in 0..<3 { _ = await lines.next() }
            await fleet.update(try FleetPlan(pools: []), last: ["orders"])
            for (turn, name) in turns.enumerated() {
                let line = await lines.next()
                #expect(line == "\(name) told")
                let running = await fleet.snapshot()
                #expect(
                    running.count == 3 - turn && running.count { $0.state == .draining } == 1, "\(running)")
                close(creat("\(mark)-\(name)", 0o600))
                #expect(await exits.next()?.name == name)
            }
        }
    }

    @Test func `surplus that nobody replaces drains at once when it is asked for`() async throws {
        // A shell says on standard error that its sleep was terminated.
        let script = "exec 2>/dev/null; trap 'echo told; sleep 1; exit 0' TERM; echo up; while :; do sleep 0.05; done"
        let probe = try FleetProbe(plan(4, script), policy: slow, clock: clock)
        let smaller = try plan(1, script)
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            for _ in 0..<4 { _ = await lines.next() }
            await fleet.update(smaller, surplusAtOnce: true)
            // All three are told before any has ended.
            var told: Set<String?> = []
            for _ in 0..<3 { told.insert(await lines.next()) }
            #expect(told == ["trading-2 told", "trading-3 told", "trading-4 told"])
        }
    }

    @Test func `scaling up starts what is missing`() async throws {
        let probe = try FleetProbe(plan(1, patientScript), policy: slow, clock: clock)
        let larger = try plan(2, patientScript)
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            #expect(await lines.next() == "trading-1 up")
            await fleet.update(larger)
            #expect(await lines.next() == "trading-2 up")
            #expect(await fleet.snapshot().map(\.restarts) == [0, 0])
        }
    }

    @Test func `a new command line replaces a worker`() async throws {
        let probe = try FleetProbe(plan(1, patientScript), policy: slow, clock: clock)
        let other = try plan(1, "echo new; exec sleep 1000")
        try await probe.run { fleet in
            var lines = probe.lines.makeAsyncIterator()
            #expect(await lines.next() == "trading-1 up")
            await fleet.update(other)
            #expect(await lines.next() == "trading-1 new")
        }
    }

    @Test func `a worker that waits out a pause takes a new command line at once`() async throws {
        let probe = try FleetProbe(plan(1, "exit 1"), policy: slow, clock: clock)
        let mended = try plan(1, patientScript)
        try await probe.run { fleet in
            var (lines, sleeps) = (probe.lines.makeAsyncIterator(), clock.sleeps.makeAsyncIterator())
            #expect(await sleeps.next() == .seconds(1))
            await fleet.update(mended)
            #expect(await lines.next() == "trading-1 up")
            let running = await fleet.snapshot()
            clock.advance(by: .seconds(1))
            await fleet.update(mended)
            #expect(await fleet.snapshot().map(\.processID) == running.map(\.processID))
        }
    }

    @Test func `a rolling restart replaces the workers one after the other`() async throws {
        let probe = try FleetProbe(plan(3, patientScript), policy: slow, clock: clock)
        try await probe.run { fleet in
            var (lines, exits) = (probe.lines.makeAsyncIterator(), probe.exits.makeAsyncIterator())
            for _ in 0..<3 { _ = await lines.next() }
            let before = await fleet.snapshot().map(\.processID)
            try await fleet.restartAll(grace: .seconds(5), settle: .zero)
            for expected in ["trading-1", "trading-2", "trading-3"] { #expect(await exits.next()?.name == expected) }
            let after = await fleet.snapshot()
            #expect(zip(before, after).allSatisfy { $0 != $1.processID })
            #expect(after.allSatisfy { $0.state == .running && $0.restarts == 1 })
        }
    }

    @Test func `a rolling restart stops at a replacement that does not stay up`() async throws {
        // The first life of each worker is patient; the second meets the mark of the first and dies.
        let mark = "/tmp/flotilla-roll-\(getpid())"
        let script = "m=\(mark)-$FLOTILLA_WORKER_NAME; [ -e $m ] && exit 1; : >$m; echo up; exec sleep 1000"
        defer { for worker in 1...2 { unlink("\(mark)-trading-\(worker)") } }
        let probe = try FleetProbe(plan(2, script), policy: slow, clock: clock)
        try await probe.run { fleet in
            var (lines, sleeps) = (probe.lines.makeAsyncIterator(), clock.sleeps.makeAsyncIterator())
            for _ in 0..<2 { _ = await lines.next() }
            let untouched = await fleet.snapshot().last?.processID
            let rolled = Task { try await fleet.restartAll(grace: .seconds(50), settle: .seconds(60)) }
            var seen: Set<Duration> = []
            while !seen.isSuperset(of: [.seconds(60), .seconds(1)]) { seen.insert(try #require(await sleeps.next())) }
            clock.advance(by: .seconds(60))
            await #expect(throws: FleetError.rollStopped(worker: "trading-1")) { try await rolled.value }
            #expect(await fleet.snapshot().last?.processID == untouched)
        }
    }
}
