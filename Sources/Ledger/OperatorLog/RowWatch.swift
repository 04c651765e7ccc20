import GRDB

/// Rows before a change, to tell afterwards what it wrote.
struct RowWatch {
    /// Where a row is: its table, the column by which it is found, and the value in it.
    typealias Place = (table: String, key: String, id: Int64)

    private let places: [Place]
    private let before: [[String: String]?]
    private var links: [RowChange] = []

    /// Links that are kept of one table; a bot with more history cannot be brought back.
    private static let mostLinks = 20_000

    init(_ places: [Place], _ db: Database) throws {
        self.places = places
        before = try places.map { try RowValue.row($0.table, $0.key, $0.id, db) }
    }

    /// A bot, and what is noted beside it.
    static func bot(_ id: Int, _ db: Database) throws -> RowWatch { try bots([id], db) }

    static func bots(_ ids: [Int], _ db: Database) throws -> RowWatch {
        try RowWatch(
            ids.flatMap { [("bots", "id", Int64($0)), ("bot_faults", "bot_id", Int64($0))] as [Place] }, db)
    }

    /// Notes the rows of a table that point to a bot, and will point to none.
    /// - Returns: false when there are too many.
    mutating func noteLinks(from table: String, toBot id: Int, _ db: Database) throws -> Bool {
        let rows = try Int64.fetchAll(
            db, sql: "SELECT rowid FROM \(table) WHERE bot_id = ? LIMIT ?", arguments: [id, Self.mostLinks + 1])
        guard rows.count <= Self.mostLinks else { return false }
        if !rows.isEmpty {
            links.append(
                RowChange(table: table, key: "rowid", ids: rows, before: ["bot_id": "i:\(id)"], after: ["bot_id": "n"]))
        }
        return true
    }

    /// What was written since, in the order of the places; links last.
    func changes(_ db: Database) throws -> [RowChange] {
        var changes: [RowChange] = []
        for (place, old) in zip(places, before) {
            let new = try RowValue.row(place.table, place.key, place.id, db)
            guard old != new else { continue }
            let isUpdate = old != nil && new != nil
            let columns = Set((old ?? [:]).keys).union((new ?? [:]).keys).filter { !isUpdate || old?[$0] != new?[$0] }
            changes.append(
                RowChange(
                    table: place.table, key: place.key, ids: [place.id],
                    before: old?.filter { columns.contains($0.key) }, after: new?.filter { columns.contains($0.key) }))
        }
        return changes + links
    }
}
