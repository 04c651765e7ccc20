/// What was found in the database file.
public struct DatabaseCheckDocument: Encodable, Sendable {
    /// Rows that refer to a row which is not there.
    public struct Orphans: Encodable, Sendable {
        let table, parent: String
        let rows: Int

        /// - Parameter parent: the table in which the row is missing.
        public init(table: String, parent: String, rows: Int) {
            self.table = table
            self.parent = parent
            self.rows = rows
        }
    }

    /// Values of a column that are not what it is for.
    public struct Unreadable: Encodable, Sendable {
        let table, column: String
        let rows, firstRow: Int
        let example: String

        /// - Parameters:
        ///   - firstRow: the row id of the first.
        ///   - example: what it holds.
        public init(table: String, column: String, rows: Int, firstRow: Int, example: String) {
            self.table = table
            self.column = column
            self.rows = rows
            self.firstRow = firstRow
            self.example = example
        }

        enum CodingKeys: String, CodingKey {
            case table, column, rows
            case firstRow = "first_row"
            case example
        }
    }

    let path: String
    let sound: Bool
    let bytes: Int
    let damage: [String]
    let schemaVersion, newestVersion: Int
    let missing: [String]
    @OrNull var problem: String?
    let orphans: [Orphans]
    let unreadable: [Unreadable]

    /// - Parameters:
    ///   - sound: whether nothing has to be mended.
    ///   - damage: what SQLite finds wrong with pages and indexes.
    ///   - versions: of the file's schema, and the newest that is known.
    ///   - missing: what another program has dropped; a worker that starts restores it.
    ///   - problem: why the tables take no order.
    public init(
        path: String, sound: Bool, bytes: Int, damage: [String], versions: (file: Int, newest: Int),
        missing: [String], problem: String?, orphans: [Orphans], unreadable: [Unreadable]
    ) {
        self.path = path
        self.sound = sound
        self.bytes = bytes
        self.damage = damage
        (schemaVersion, newestVersion) = (versions.file, versions.newest)
        self.missing = missing
        self.problem = problem
        self.orphans = orphans
        self.unreadable = unreadable
    }

    enum CodingKeys: String, CodingKey {
        case path, sound, bytes, damage
        case schemaVersion = "schema_version"
        case newestVersion = "newest_version"
        case missing, problem, orphans, unreadable
    }
}
