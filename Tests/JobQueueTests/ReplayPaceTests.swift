import Testing

@testable import JobQueue

@Suite struct ReplayPaceTests {
    @Test func `without canaries and rate all go at once`() {
        #expect(ReplayPace().steps(for: 1_000).map(\.count) == [1_000])
        #expect(ReplayPace().steps(for: 0).isEmpty)
    }

    @Test func `after the canaries the steps double, and each is waited for`() {
        let steps = ReplayPace(canaries: 3).steps(for: 20)
        #expect(steps.map(\.count) == [3, 1, 2, 4, 8, 2])
        #expect(steps.allSatisfy { $0.isAwaited })
        #expect(steps.map(\.mustSucceed) == [true, false, false, false, false, false])
        #expect(ReplayPace(canaries: 1).steps(for: 2_000).map(\.count).max() == 256)
    }

    @Test func `canaries may be all there are`() {
        #expect(ReplayPace(canaries: 5).steps(for: 2).map(\.count) == [2])
    }

    @Test func `a rate is kept by pauses, which nobody waits beyond`() {
        let slow = ReplayPace(perSecond: 5).steps(for: 3)
        #expect(slow.map(\.count) == [1, 1, 1])
        #expect(slow.map(\.pause) == [.zero, .milliseconds(200), .milliseconds(200)])
        #expect(!slow.contains { $0.isAwaited })
        let fast = ReplayPace(perSecond: 1_000).steps(for: 250)
        #expect(fast.map(\.count) == [100, 100, 50])
        #expect(fast.map(\.pause) == [.zero, .milliseconds(100), .milliseconds(50)])
    }

    @Test func `a rate begins after the canaries have succeeded`() {
        let steps = ReplayPace(canaries: 2, perSecond: 5).steps(for: 4)
        #expect(steps.map(\.count) == [2, 1, 1])
        #expect(steps.map(\.isAwaited) == [true, false, false])
        #expect(steps.map(\.pause) == [.zero, .milliseconds(200), .milliseconds(200)])
    }
}
