import Foundation

/// The machine's IANA time-zone database: a folder of TZif files, in Debian the package `tzdata`.
public struct TimeZoneDatabase: Sendable {
    /// The folder that holds `Europe/Berlin` and the like.
    public let directory: String

    public init(directory: String = "/usr/share/zoneinfo") {
        self.directory = directory
    }

    /// Reads one zone's rules; blocks for the read of a few kilobytes.
    ///
    /// Accepts `UTC` (which needs no database) and names with an area, such as `Europe/Berlin` or `Etc/GMT+5`.
    /// - Throws: `timeZone` for abbreviations, unknown names and anything that looks like a path; `timeZoneDatabase`
    ///   when the database is missing or the file in it is damaged.
    public func rules(named name: String) throws(SchedulerError) -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard Self.isWellFormed(name) else { throw refusal(of: name) }
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path: "\(directory)/\(name)", limit: 262_144)
        } catch .missing, .directory {
            throw unknown(name)
        } catch {
            throw .timeZoneDatabase(
                path: "\(directory)/\(name)", "the time zone cannot be read (\(error)). \(Self.remedy)")
        }
        guard let rules = TimeZoneRules(name: name, tzif: bytes) else {
            throw .timeZoneDatabase(path: "\(directory)/\(name)", "this is not a TZif version 2 file. \(Self.remedy)")
        }
        return rules
    }

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

    private func refusal(of name: String) -> SchedulerError {
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

    private func unknown(_ name: String) -> SchedulerError {
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
        let zones = names.filter { Self.isWellFormed($0) }.sorted()
        let wanted = name.lowercased().replacing(" ", with: "_")
        if let same = zones.first(where: { $0.lowercased() == wanted }) { return same }
        if let city = zones.first(where: { $0.lowercased().hasSuffix("/" + wanted) }), !wanted.isEmpty { return city }
        return NearMiss.suggestion(for: wanted, among: zones)
    }

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
