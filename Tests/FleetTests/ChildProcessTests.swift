import Glibc
import Synchronization
import Testing

@testable import Fleet

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ChildProcessTests {
    let lifeline: Lifeline

    init() throws { lifeline = try Lifeline() }

    @Test func `an exit status is reported`() async throws {
        let child = try ChildProcess(shell("exit 7"), link: .watches(lifeline))
        let exit = await child.exit()
        #expect(exit.reason == .exited(7))
        #expect(exit.maxRSSBytes > 100_000)
    }

    @Test func `a death by signal is reported`() async throws {
        let child = try ChildProcess(shell("kill -9 $$"), link: .watches(lifeline))
        #expect(await child.exit().reason == .signalled(SIGKILL))
    }

    @Test func `everybody who waits is told, also afterwards`() async throws {
        let child = try ChildProcess(shell("exit 3"), link: .watches(lifeline))
        async let first = child.exit()
        async let second = child.exit()
        #expect(await [first.reason, second.reason] == [.exited(3), .exited(3)])
        #expect(await child.exit().reason == .exited(3))
        #expect(child.signal(SIGTERM) == false)
    }

    @Test func `a program that does not exist is an error, not a child`() {
        #expect(throws: FleetError.cannotStart(executable: "/nowhere/at/all", errno: ENOENT)) {
            try ChildProcess(ProcessCommand("/nowhere/at/all"), link: .watches(lifeline))
        }
    }

    @Test func `a child sees exactly the environment it was given and where to watch its parent`() async throws {
        let probe = LineProbe()
        let command = ProcessCommand("/usr/bin/env", environment: ["COLOUR": "green = go"])
        _ = try ChildProcess(command, link: .watches(lifeline), output: probe.output)
        #expect(await probe.all() == ["COLOUR=green = go", "FLOTILLA_PARENT_FD=3"])
    }

    @Test func `standard output and error arrive line by line in their order`() async throws {
        let probe = LineProbe()
        let script = "echo one; echo two >&2; printf three"
        _ = try ChildProcess(shell(script), link: .watches(lifeline), output: probe.output)
        #expect(await probe.all() == ["one", "two", "three"])
    }

    @Test func `no descriptor leaks into a child`() async throws {
        let ours = open("/dev/null", O_RDONLY)
        defer { close(ours) }
        let other = try Lifeline()
        let probe = LineProbe()
        let script = "for f in /proc/$$/fd/*; do [ -h $f ] && echo ${f##*/}; done; true"
        _ = try ChildProcess(shell(script), link: .watches(lifeline), output: probe.output)
        #expect(await probe.all() == ["0", "1", "2", "3"])
        withExtendedLifetime(other) {}
    }

    @Test func `ignored signals are not inherited`() async throws {
        let before = Glibc.signal(SIGUSR2, SIG_IGN)
        defer { _ = Glibc.signal(SIGUSR2, before) }
        let child = try ChildProcess(shell("kill -USR2 $$"), link: .watches(lifeline))
        #expect(await child.exit().reason == .signalled(SIGUSR2))
    }

    @Test func `a signal reaches the children of the child`() async throws {
        let probe = LineProbe()
        let child = try ChildProcess(
            shell("sleep 1000 & echo up; wait"), link: .watches(lifeline), output: probe.output)
        var lines = probe.lines.makeAsyncIterator()
        #expect(await lines.next() == "up")
        #expect(child.signal(SIGTERM))
        #expect(await child.exit().reason == .signalled(SIGTERM))
        #expect(await lines.next() == nil, "the sleep still holds the pipe")
    }

    @Test func `what a dead child left behind is killed`() async throws {
        let probe = LineProbe()
        let child = try ChildProcess(
            shell("(trap '' TERM HUP; sleep 1000) & echo up; exit 4"), link: .watches(lifeline), output: probe.output)
        #expect(await child.exit().reason == .exited(4))
        #expect(await probe.all() == ["up"])
    }

    @Test func `fifty children are started and reaped`() async throws {
        let children = try (0..<50).map { try ChildProcess(shell("exit \($0)"), link: .watches(lifeline)) }
        for (index, child) in children.enumerated() {
            #expect(await child.exit().reason == .exited(Int32(index)))
            #expect(!exists(child.processID))
        }
    }

    @Test func `an exit is noticed without the kernel's help, too`() async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let calls = Counter()
            ExitWatch.poll {
                guard calls.next() == 3 else { return false }
                done.resume()
                return true
            }
        }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
