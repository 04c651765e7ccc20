import Testing

@testable import CeleryBridge

struct CeleryNodeTests {
    @Test func `the clock goes one beyond what was sent and received`() {
        let clock = LamportClock()
        #expect(clock.send() == 1)
        clock.receive(74)
        #expect(clock.value == 75)
        #expect(clock.send() == 76)
        clock.receive(3)
        #expect(clock.value == 77)
    }

    @Test(arguments: [Int.max, Int.min, -1, 1 << 54]) func `a hostile clock only counts as received`(_ other: Int) {
        let clock = LamportClock()
        clock.receive(other)
        #expect(clock.value == 1)
    }

    @Test func `a running task is there from its start to its end`() {
        let sample = SampleNode()
        sample.node.started(TaskSummary(id: "a", name: "flotilla.test.echo"))
        #expect(sample.node.running.all.map(\.summary.id) == ["a"])
        #expect(sample.node.running["a"]?.pid == 18_015)
        sample.node.succeeded("a", runtime: 1, result: "None")
        #expect(sample.node.running.count == 0)
        #expect(sample.node.running.started == 1)
        #expect(sample.node.running.totals.map(\.name) == ["flotilla.test.echo"])
    }

    @Test func `revoked ids are kept for three hours, oldest first`() {
        let revoked = RevokedTasks()
        revoked.add(["a", "b"], now: 0)
        revoked.add(["a"], now: 1000)
        #expect(revoked.ids(now: 1000) == ["b", "a"])
        #expect(revoked.contains("b", now: 1000))
        #expect(!revoked.contains("c", now: 1000))
        #expect(revoked.ids(now: RevokedTasks.lifetime) == ["a"])
        #expect(!revoked.contains("b", now: RevokedTasks.lifetime))
        #expect(revoked.ids(now: RevokedTasks.lifetime + 1000).isEmpty)
    }

    @Test func `of more revoked ids than are kept the oldest go`() {
        let revoked = RevokedTasks()
        revoked.add((0..<(RevokedTasks.limit + 10)).map(String.init), now: 0)
        let kept = revoked.ids(now: 0)
        #expect(kept.count == RevokedTasks.limit)
        #expect(kept.first == "10")
        for _ in 0..<5 { revoked.add(kept, now: 1) }
        let again = revoked.ids(now: 1) == kept
        #expect(again)
    }

    @Test func `a task with a revoked stamp is revoked`() {
        let revoked = RevokedTasks()
        revoked.add(stamp: "batch", values: ["1", "2"])
        #expect(revoked.contains("a", stamps: ["batch": ["2", "7"]], now: 0))
        #expect(!revoked.contains("a", stamps: ["batch": ["7"], "other": ["1"]], now: 0))
        #expect(!revoked.contains("a", now: 0))
    }

    @Test(
        arguments: [
            ("10/m", 10.0 / 60), ("5/s", 5), ("100/h", 100.0 / 3600), ("2.5", 2.5), ("0", 0), ("3/", 3),
        ] as [(String, Double)])
    func `rates are read as Celery reads them`(_ text: String, _ perSecond: Double) throws {
        #expect(try #require(TaskRate(text)).perSecond == perSecond)
    }

    @Test(arguments: ["", "often", "10/d", "-1/s", "nan", "inf/s", "1/m/s"])
    func `what is no rate is refused`(_ text: String) { #expect(TaskRate(text) == nil) }

    @Test func `a rate holds a task up until its next start is due`() throws {
        let limits = TaskLimits()
        #expect(limits.wait(for: "echo", now: 0) == nil)
        limits.setRate(try #require(TaskRate("2/s")), of: "echo")
        #expect(limits.wait(for: "echo", now: 1000) == nil)
        #expect(limits.wait(for: "echo", now: 1000) == 500)
        #expect(limits.wait(for: "echo", now: 1400) == 100)
        #expect(limits.wait(for: "echo", now: 1500) == nil)
        #expect(limits.wait(for: "other", now: 1500) == nil)
        // A clock that went back by an hour.
        #expect(limits.wait(for: "echo", now: -3_600_000) == 500)
        limits.setRate(try #require(TaskRate("0")), of: "echo")
        #expect(limits.wait(for: "echo", now: 1500) == nil)
    }

    @Test func `idle time earns no burst`() throws {
        let limits = TaskLimits()
        limits.setRate(try #require(TaskRate("1/s")), of: "echo")
        #expect(limits.wait(for: "echo", now: 0) == nil)
        #expect(limits.wait(for: "echo", now: 60_000) == nil)
        #expect((limits.wait(for: "echo", now: 60_000) ?? 0) > 0)
    }

    @Test func `each of the nodes tells of its share of what all know`() {
        let names = ["a@h", "b@h", "c@h"]
        let fleets = names.map { name in
            let nodes = FleetNodes(own: name)
            nodes.update(names)
            return nodes
        }
        let ids = (0..<300).map { "task-\($0)" }
        for id in ids { #expect(fleets.count { $0.tells(of: id) } == 1) }
        for nodes in fleets { #expect(ids.count { nodes.tells(of: $0) } > 50) }
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00+00:00"), (1_795_346_649_658, "2026-11-22T11:24:09.658000+00:00"),
        (-1, "1969-12-31T23:59:59.999000+00:00"), (253_402_300_799_999, "9999-12-31T23:59:59.999000+00:00"),
        (Int64.max, "9999-12-31T23:59:59.999000+00:00"), (Int64.min, "0001-01-01T00:00:00+00:00"),
        (951_782_400_000, "2000-02-29T00:00:00+00:00"),
    ])
    func `times are written as Python writes them`(_ milliseconds: Int64, _ text: String) {
        #expect(NodeTime.iso(milliseconds) == text)
    }
}
