public import Foundation
public import Time

/// A time-zone database of a test's own, with the files that it wants.
public final class ZoneFolder: Sendable {
    /// Over that folder.
    public let database: TimeZoneDatabase

    /// - Parameter zones: copied from this machine.
    public init(_ zones: [String]) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "flotilla-zones-\(UUID().uuidString)").path
        database = TimeZoneDatabase(directory: path)
        for zone in zones { try put(zone, as: zone) }
    }

    deinit { try? FileManager.default.removeItem(atPath: database.directory) }

    /// Replaces a zone's file with that of another zone of this machine, as a package does: by a new file of its name.
    public func put(_ source: String, as name: String) throws {
        try write(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(source)")), as: name)
    }

    public func write(_ bytes: Data, as name: String) throws {
        let url = URL(filePath: database.path(of: name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: url, options: .atomic)
    }

    public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: database.path(of: name)) }
}
