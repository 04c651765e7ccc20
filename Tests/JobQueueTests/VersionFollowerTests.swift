import Testing

@testable import JobQueue

@Suite struct VersionFollowerTests {
    private func version(_ number: Int, at time: Int64 = 1_000) -> ScheduleStamp {
        ScheduleStamp(number: number, storedMilliseconds: time)
    }

    @Test func `a version is read once, and then it runs`() {
        var follower = VersionFollower()
        #expect(follower.isUpToDate)
        let reads = [follower.sees(version(1)), follower.sees(version(1))]
        #expect(reads == [true, true] && !follower.isUpToDate)
        follower.takes(version(1))
        let again = follower.sees(version(1))
        #expect(!again && follower.isUpToDate && follower.running == version(1))
    }

    @Test func `a version that cannot be read is not read again, and what runs goes on`() {
        var follower = VersionFollower(running: version(1))
        follower.refuses(version(2))
        let reads = [follower.sees(version(2)), follower.sees(version(3)), follower.sees(version(2))]
        #expect(reads == [false, true, false])
        #expect(follower.running == version(1) && !follower.isUpToDate)
    }

    @Test func `versions are told apart, not ordered: a Redis that lost its data counts anew`() {
        var follower = VersionFollower(running: version(7, at: 5_000))
        let reads = [
            follower.sees(version(1, at: 9_000)), follower.sees(version(6, at: 4_000)),
            follower.sees(version(7, at: 6_000)), follower.sees(version(7, at: 5_000)),
        ]
        #expect(reads == [true, true, true, false])
    }

    @Test func `without any version what runs goes on, and is not behind`() {
        var follower = VersionFollower(running: version(7))
        let reads = follower.sees(nil)
        #expect(!reads && follower.isUpToDate && follower.running == version(7))
    }
}
