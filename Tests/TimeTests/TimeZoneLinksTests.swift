import ScheduleSupport
import Testing

@testable import Time

/// Names that zones had before, on a machine whose database has them no more.
struct TimeZoneLinksTests {
    private let modern = ["America/New_York", "Asia/Tokyo", "Europe/London", "Asia/Kolkata", "Etc/UTC", "Europe/Kyiv"]

    @Test(arguments: [
        ("US/Eastern", "America/New_York"), ("EST5EDT", "America/New_York"), ("Japan", "Asia/Tokyo"),
        ("GB", "Europe/London"), ("GB-Eire", "Europe/London"), ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"), ("Zulu", "Etc/UTC"), ("Europe/Belfast", "Europe/London"),
    ])
    func `an old name is the zone that it became, and says so`(_ name: String, _ zone: String) throws {
        let folder = try ZoneFolder(modern)
        let rules = try folder.database.rules(named: name)
        #expect(rules == (try folder.database.rules(named: zone)) && rules.name == zone)
        #expect(
            rules.warning(named: name)
                == "the time-zone database here has '\(name)' no more; it is \(zone) now, and that is used. "
                + "Write \(zone).")
        #expect(rules.warning(named: zone) == nil)
    }

    @Test func `where the database still has an old name it is used, without a word`() throws {
        let folder = try ZoneFolder(modern)
        try folder.put("America/New_York", as: "US/Eastern")
        let rules = try folder.database.rules(named: "US/Eastern")
        #expect(rules.name == "US/Eastern" && rules.warning(named: "US/Eastern") == nil)
    }

    @Test(arguments: [
        ("US/Eastren", "America/New_York"), ("us/eastern", "America/New_York"), ("Calcutta", "Asia/Kolkata"),
        ("Japn", "Asia/Tokyo"), ("america/new york", "America/New_York"), ("Asia/Tokio", "Asia/Tokyo"),
        ("Europe/Kief", "Europe/Kyiv"),
    ])
    func `a misspelled name is answered with the zone of today`(_ name: String, _ zone: String) throws {
        let folder = try ZoneFolder(modern)
        let sentence = "no time zone is called '\(name)'. Did you mean \(zone)?"
        #expect(throws: TimeError.timeZone(name: name, sentence)) { try folder.database.rules(named: name) }
    }

    @Test(arguments: ["EST", "MST", "HST", "CET", "MET", "EET", "WET", "GMT", "BST", "est5edt", "zulu"])
    func `an abbreviation stays refused`(_ name: String) throws {
        let folder = try ZoneFolder(modern)
        #expect {
            try folder.database.rules(named: name)
        } throws: { "\($0)".hasPrefix("'\(name)' is an abbreviation or an alias") }
    }

    @Test func `every old name leads to a zone that this machine has`() throws {
        let links = TimeZoneLinks.canonical
        #expect(links.count > 240)
        for (name, zone) in links {
            #expect(links[zone] == nil, "\(name) leads to \(zone), which is an old name too")
            _ = try TimeZoneDatabase().rules(named: zone)
        }
    }
}
