/// A copy of the database that was made, or put in its place.
public struct DatabaseBackupDocument: Encodable, Sendable {
    let path: String
    let bytes, schemaVersion: Int
    @OrNull var kept: String?

    /// - Parameters:
    ///   - path: the file that was written.
    ///   - kept: where the database that was there before is now; nil when there was none.
    public init(path: String, bytes: Int, schemaVersion: Int, kept: String?) {
        self.path = path
        self.bytes = bytes
        self.schemaVersion = schemaVersion
        self.kept = kept
    }

    enum CodingKeys: String, CodingKey {
        case path, bytes
        case schemaVersion = "schema_version"
        case kept
    }
}
