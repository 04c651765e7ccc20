import Foundation
import JobQueue

/// The machine's IANA time-zone database: a folder of TZif files, in Debian the package `tzdata`.
public struct TimeZoneDatabase: Sendable {
    /// The folder that holds `Europe/Berlin` and the like.
    public let directory: String

    /// Reads nothing yet; a folder that is missing shows with the first zone.
    public init(directory: String = "/usr/share/zoneinfo") {
        self.directory = directory
    }

    /// Reads one zone's rules; blocks for the read of a few kilobytes.
    ///
    /// Accepts `UTC` (which needs no database), names with an area, such as `Europe/Berlin` or `Etc/GMT+5`, and names
    /// that zones had before, such as `US/Eastern` or `Japan`: where the database has them no more, the rules are those
    /// of the zone that they became, and bear its name (`warning`).
    /// - Throws: `timeZone` for abbreviations, unknown names and anything that looks like a path; `timeZoneDatabase`
    ///   when the database is missing or the file in it is damaged.
    public func rules(named name: String) throws(TimeError) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        let canonical = TimeZoneLinks.canonical[name]
        guard !Self.ambiguous.contains(name), canonical != nil || Self.isWellFormed(name) else {
            throw refusal(of: name)
        }
        if let rules = try read(name) { return rules }
        guard let canonical, let rules = try read(canonical) else { throw unknown(name) }
        return rules
    }

    /// Nil when the database has no such zone.
    private func read(_ name: String) throws(TimeError) -> TimeZoneRules? {
        let path = path(of: name)
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path: path, limit: 262_144)
        } catch .missing, .directory {
            return nil
        } catch {
            throw .timeZoneDatabase(path: path, "the time zone cannot be read (\(error)). \(Self.remedy)")
        }
        guard let rules = TimeZoneRules(name: name, tzif: bytes) else {
            throw .timeZoneDatabase(path: path, "this is not a TZif version 2 file. \(Self.remedy)")
        }
        return rules
    }

    /// The file that holds, or would hold, a zone's rules.
    public func path(of name: String) -> String { "\(directory)/\(name)" }

    private static let remedy = "Install the Debian package tzdata again: apt-get install --reinstall tzdata."

    /// `Area/City`, at most three parts, none of which can leave the folder.
    private static func isWellFormed(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        // `right/` counts leap seconds and `posix/` repeats the plain names; neither is an IANA name.
        guard (2...3).contains(parts.count), name.utf8.count <= 64, !["right", "posix", "SystemV"].contains(parts[0])
        else {
            return false
        }
        return parts.allSatisfy { part in
            guard let first = part.utf8.first, isLetter(first) else { return false }
            return part.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || "_-+".utf8.contains($0) }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

    private func refusal(of name: String) -> TimeError {
        if let zone = Self.abbreviations[name.uppercased()] {
            return .timeZone(
                name: name,
                "'\(name)' is an abbreviation or an alias, not an IANA zone, and would hide daylight saving. "
                    + "Use \(zone)."
            )
        }
        if let suggestion = suggestion(for: name) {
            return .timeZone(name: name, "no time zone is called '\(name)'. Did you mean \(suggestion)?")
        }
        return .timeZone(
            name: name,
            "'\(name)' is not an IANA time zone name. Use UTC or a name such as Europe/Berlin or America/New_York.")
    }

    private func unknown(_ name: String) -> TimeError {
        guard FileManager.default.fileExists(atPath: "\(directory)/Etc/UTC") else {
            return .timeZoneDatabase(
                path: directory,
                "there is no time-zone database here, so '\(name)' cannot be looked up. "
                    + "Install the Debian package tzdata (apt-get install tzdata), or use UTC.")
        }
        let hint =
            suggestion(for: name).map { "Did you mean \($0)?" }
            ?? "Use a name such as Europe/Berlin or America/New_York."
        return .timeZone(name: name, "no time zone is called '\(name)'. \(hint)")
    }

    private func suggestion(for name: String) -> String? {
        // Only after a mistake: reads the folder's listing.
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        let zones = names.filter { Self.isWellFormed($0) && TimeZoneLinks.canonical[$0] == nil }.sorted()
        let links = TimeZoneLinks.canonical.filter { !Self.ambiguous.contains($0.key) }
        let wanted = name.lowercased().replacing(" ", with: "_")
        for candidates in [zones, links.keys.sorted()] where !wanted.isEmpty {
            let found =
                candidates.first { $0.lowercased() == wanted }
                ?? candidates.first { $0.lowercased().hasSuffix("/" + wanted) }
            if let found { return links[found] ?? found }
        }
        // A name that is old and misspelled is answered with the one that it became.
        return SpellingSuggestion.suggestion(for: wanted, among: zones + links.keys).map { links[$0] ?? $0 }
    }

    /// Old names that mean one thing to IANA and others to most people: `EST` is Panama, without daylight saving.
    private static let ambiguous: Set<String> = ["EST", "MST", "HST", "CET", "MET", "EET", "WET", "GMT"]

    private static let abbreviations = [
        "EST": "America/New_York", "EDT": "America/New_York", "EST5EDT": "America/New_York", "ET": "America/New_York",
        "CST": "America/Chicago", "CDT": "America/Chicago", "CST6CDT": "America/Chicago",
        "MST": "America/Denver", "MDT": "America/Denver", "MST7MDT": "America/Denver",
        "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PST8PDT": "America/Los_Angeles",
        "HST": "Pacific/Honolulu", "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "MET": "Europe/Berlin",
        "EET": "Europe/Athens", "EEST": "Europe/Athens", "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon",
        "BST": "Europe/London", "GB": "Europe/London", "GMT": "UTC or Europe/London", "GMT0": "UTC", "UCT": "UTC",
        "Z": "UTC",
        "ZULU": "UTC", "UTC": "UTC", "UNIVERSAL": "UTC", "GREENWICH": "UTC", "MSK": "Europe/Moscow",
        "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
        "KST": "Asia/Seoul", "SGT": "Asia/Singapore", "HKT": "Asia/Hong_Kong", "AEST": "Australia/Sydney",
        "AEDT": "Australia/Sydney", "NZ": "Pacific/Auckland", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland",
    ]
}
