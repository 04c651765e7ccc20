import TestSupport
import Testing

@testable import Redis

@Suite struct ReconnectDelayTests {
    @Test func `pauses double from the first to the longest, less at most half`() {
        var random = SeededRandom(seed: 7)
        for (failures, full) in [(1, 20), (2, 40), (3, 80), (7, 1_280), (8, 2_000), (1_000, 2_000)] {
            let delay = ReconnectDelay.delay(
                afterFailures: failures, first: .milliseconds(20), longest: .seconds(2), using: &random)
            #expect(delay <= .milliseconds(full))
            #expect(delay >= .milliseconds(full) / 2)
        }
    }
}
