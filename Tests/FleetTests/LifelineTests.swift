import Glibc
import Testing

@testable import Fleet

/// Cutting a lifeline closes its write end, which is all that children see of a parent's death.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct LifelineTests {
    let lifeline: Lifeline

    init() throws { lifeline = try Lifeline() }

    @Test func `a guarded program ends when the parent is gone`() async throws {
        let child = try ChildProcess(
            shell("exec sleep 1000"), link: .guarded(lifeline, killAfter: .seconds(30)))
        lifeline.cut()
        #expect(await child.exit().reason == .signalled(SIGTERM))
    }

    @Test func `a guarded program that ignores SIGTERM is killed after the bound`() async throws {
        let probe = LineProbe()
        let child = try ChildProcess(
            shell("trap '' TERM; echo up; while :; do sleep 1000; done"),
            link: .guarded(lifeline, killAfter: .seconds(1)), output: probe.output)
        var lines = probe.lines.makeAsyncIterator()
        #expect(await lines.next() == "up")
        lifeline.cut()
        #expect(await child.exit().reason == .signalled(SIGKILL))
        #expect(await lines.next() == nil)
    }

    @Test func `a guarded program keeps its arguments, its status and its signals`() async throws {
        let probe = LineProbe()
        let command = ProcessCommand(
            "/bin/sh",
            arguments: ["-c", "trap 'exit 5' USR1; echo \"$1\"; while :; do sleep 0.05; done", "sh", "a  'b'"],
            environment: ["PATH": "/usr/bin:/bin"])
        let child = try ChildProcess(
            command, link: .guarded(lifeline, killAfter: .seconds(30)), output: probe.output)
        var lines = probe.lines.makeAsyncIterator()
        #expect(await lines.next() == "a  'b'")
        child.signal(SIGUSR1)
        #expect(await child.exit().reason == .exited(5))
    }

    @Test func `a guarded program does not see the lifeline`() async throws {
        let probe = LineProbe()
        let script = "for f in /proc/$$/fd/*; do [ -h $f ] && echo ${f##*/}; done; true"
        _ = try ChildProcess(shell(script), link: .guarded(lifeline, killAfter: .zero), output: probe.output)
        #expect(await probe.all() == ["0", "1", "2"])
    }

    @Test func `a program that cannot be executed ends its guard with 127`() async throws {
        let child = try ChildProcess(
            ProcessCommand("/nowhere/at/all"), link: .guarded(lifeline, killAfter: .zero), output: LineProbe().output)
        #expect(await child.exit().reason == .exited(127))
    }

    @Test func `the death of the parent is seen although other children live on`() async throws {
        let other = try ChildProcess(shell("exec sleep 1000"), link: .watches(lifeline))
        let child = try ChildProcess(
            shell("exec sleep 1000"), link: .guarded(lifeline, killAfter: .seconds(30)))
        lifeline.cut()
        #expect(await child.exit().reason == .signalled(SIGTERM))
        #expect(other.signal(SIGKILL))
        #expect(await other.exit().reason == .signalled(SIGKILL))
    }

    @Test func `a lifeline that is released is cut`() async throws {
        var short: Lifeline? = try Lifeline()
        let child = try ChildProcess(
            shell("exec sleep 1000"), link: .guarded(try #require(short), killAfter: .seconds(30)))
        short = nil
        #expect(await child.exit().reason == .signalled(SIGTERM))
    }
}
