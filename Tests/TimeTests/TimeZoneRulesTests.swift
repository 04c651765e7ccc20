import Foundation
import ScheduleSupport
import Testing

@testable import Time

struct TimeZoneRulesTests {
    private let zones = TimeZoneDatabase()

    @Test func `a local time in a gap names the first instant after it`() throws {
        let berlin = try zones.rules(named: "Europe/Berlin")
        let gap = CivilTime(year: 2026, month: 3, day: 29, hour: 2, minute: 30)
        #expect(berlin.instant(of: gap) == .gap(firstAfter: utc(2026, 3, 29, 1, 0)))
        let howe = try zones.rules(named: "Australia/Lord_Howe")
        let half = CivilTime(year: 2026, month: 10, day: 4, hour: 2, minute: 15)
        #expect(howe.instant(of: half) == .gap(firstAfter: utc(2026, 10, 3, 15, 30)))
    }

    @Test func `a local time in a repeated hour has two instants`() throws {
        let york = try zones.rules(named: "America/New_York")
        let time = CivilTime(year: 2026, month: 11, day: 1, hour: 1, minute: 30)
        #expect(york.instant(of: time) == .twice(first: utc(2026, 11, 1, 5, 30), second: utc(2026, 11, 1, 6, 30)))
        let howe = try zones.rules(named: "Australia/Lord_Howe")
        let half = CivilTime(year: 2026, month: 4, day: 5, hour: 1, minute: 45)
        #expect(howe.instant(of: half) == .twice(first: utc(2026, 4, 4, 14, 45), second: utc(2026, 4, 4, 15, 15)))
    }

    @Test func `the footer rules the years after the table`() throws {
        let berlin = try zones.rules(named: "Europe/Berlin")
        #expect(berlin.offset(at: utc(2155, 7, 1)) == 7200)
        #expect(berlin.offset(at: utc(2155, 1, 1)) == 3600)
        // The last Sunday of March 2155 is the 30th.
        #expect(berlin.offset(at: utc(2155, 3, 30, 0, 59)) == 3600)
        #expect(berlin.offset(at: utc(2155, 3, 30, 1, 0)) == 7200)
        let santiago = try zones.rules(named: "America/Santiago")
        #expect(santiago.offset(at: utc(2155, 1, 1)) == -10_800)
        #expect(santiago.offset(at: utc(2155, 7, 1)) == -14_400)
    }

    @Test func `the day that Samoa skipped is one gap`() throws {
        let apia = try zones.rules(named: "Pacific/Apia")
        let skipped = CivilTime(year: 2011, month: 12, day: 30, hour: 12)
        #expect(apia.instant(of: skipped) == .gap(firstAfter: utc(2011, 12, 30, 10, 0)))
    }

    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/Dublin", "Asia/Kathmandu",
        "Pacific/Auckland", "America/St_Johns",
    ])
    func `offsets agree with Foundation where its data do`(name: String) throws {
        let rules = try zones.rules(named: name)
        let oracle = try #require(TimeZone(identifier: name))
        for hour in stride(from: utc(2015, 1, 1), to: utc(2035, 1, 1), by: 6 * 3600 + 1800) {
            let expected = Int64(oracle.secondsFromGMT(for: Date(timeIntervalSince1970: Double(hour))))
            guard rules.offset(at: hour) == expected else {
                Issue.record("\(name) at \(hour): \(rules.offset(at: hour)), not \(expected)")
                return
            }
        }
    }

    @Test(arguments: [
        ("EST", "America/New_York"), ("CET", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("America/New York", "America/New_York"),
        ("utc", "UTC"), ("../../etc/passwd", "IANA"), ("/etc/passwd", "IANA"), ("Europe/../UTC", "IANA"),
        ("right/Europe/Berlin", "right/Europe/Berlin"), ("", "IANA"), ("Europe", "IANA"), ("Europe/", "IANA"),
    ])
    func `a name that is not IANA's is refused with a way out`(name: String, hint: String) {
        #expect { try zones.rules(named: name) } throws: { error in
            guard case TimeError.timeZone(_, let sentence) = error else { return false }
            return sentence.contains(hint)
        }
    }

    @Test func `a machine without tzdata is told which package to install`() throws {
        let none = TimeZoneDatabase(directory: "/nonexistent/zoneinfo")
        #expect(try none.rules(named: "UTC") == .utc)
        #expect { try none.rules(named: "Europe/Berlin") } throws: { "\($0)".contains("Debian package tzdata") }
    }

    @Test func `a damaged file is refused at every length`() throws {
        let bytes = try FileBytes.read(path: "/usr/share/zoneinfo/Europe/Berlin", limit: 100_000)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            // A cut in the footer alone can leave a shorter rule that is still well formed.
            let rules = TimeZoneRules(name: "x", tzif: Array(bytes.prefix(count)))
            #expect(rules == nil || count > bytes.count - 30)
        }
        var wild = bytes
        for index in 20..<44 { wild[index] = 0xFF }
        #expect(TimeZoneRules(name: "x", tzif: wild) == nil)
    }

    @Test func `POSIX rules of every form are read`() {
        #expect(PosixZoneRule("UTC0")?.standard == 0)
        #expect(PosixZoneRule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")?.daylight?.offset == 39_600)
        #expect(PosixZoneRule("IST-1GMT0,M10.5.0,M3.5.0/1")?.daylight?.offset == 0)
        #expect(PosixZoneRule("EST5EDT,J60/-25,300/167")?.daylight?.end.seconds == Int64(601_200))
        for text in ["", "EST", "EST5EDT", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0", "EST5,", "<EST5"] {
            #expect(PosixZoneRule(text) == nil, "\(text)")
        }
    }

    @Test func `the clocks of other zones bound days as ever`() throws {
        for zone in ["UTC", "Europe/Berlin", "Pacific/Apia", "Africa/Cairo", "America/Havana"] {
            let rules = try TimeZoneDatabase().rules(named: zone)
            for day in stride(from: 19_000, to: 21_500, by: 1) {
                let edge = rules.edge(ofDay: day)
                #expect(edge.instant == rules.firstInstant(ofDay: day) * 1000 && edge.settled >= edge.instant)
                #expect(edge.settled - edge.instant <= 3_600_000)
            }
        }
    }
}
