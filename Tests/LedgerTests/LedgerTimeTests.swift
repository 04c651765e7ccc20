import Foundation
import Testing

@testable import Ledger

@Suite struct LedgerTimeTests {
    @Test(arguments: [
        (0.0, "1970-01-01 00:00:00.000000"), (1_759_579_200.123456, "2025-10-04 12:00:00.123456"),
        (951_782_399.0, "2000-02-28 23:59:59.000000"), (951_782_400.5, "2000-02-29 00:00:00.500000"),
        (-1.0, "1969-12-31 23:59:59.000000"), (4_107_542_399.9999999, "2100-03-01 00:00:00.000000"),
    ])
    func `a time is spelled as SQLAlchemy spells it, and read back`(seconds: Double, text: String) {
        #expect(LedgerTime(Date(timeIntervalSince1970: seconds)).text == text)
        #expect(abs((LedgerTime(text)?.date.timeIntervalSince1970 ?? .nan) - seconds) < 1e-6)
    }

    @Test(arguments: [
        ("2025-10-04 12:00:00", 0.0), ("2025-10-04T12:00:00Z", 0), ("2025-10-04 12:00:00.5", 0.5),
        ("2025-10-04T12:00:00.123456789Z", 0.123456), ("2025-10-04T14:00:00+02:00", 0), ("2025-10-04", -43_200),
    ])
    func `other spellings are read`(text: String, offset: Double) throws {
        let read = try #require(LedgerTime(text))
        #expect(abs(read.date.timeIntervalSince(noon) - offset) < 1e-6)
    }

    @Test(arguments: [
        "", "now", "2025-02-29 00:00:00", "2025-13-01", "2025-10-04 25:00:00", "2025-10-04 12:00",
        "2025-10-04 12:00:00 x",
        "2025-10-04 12:00:00.", "１025-10-04",
    ])
    func `text that is no time is nil`(text: String) {
        #expect(LedgerTime(text) == nil)
    }
}
