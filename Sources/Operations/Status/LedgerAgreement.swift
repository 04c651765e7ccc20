public import Documents
public import JobQueue

/// Whether all processes of the fleet write to one database.
public struct LedgerAgreement: Sendable {
    private let sightings: [LedgerSighting]

    /// Reads Redis, and changes nothing.
    public init(_ broker: Broker) async throws { sightings = try await LedgerRegistry(broker: broker).live() }

    /// Each database with the processes that write to it.
    private var groups: [(place: String, holders: [String])] {
        var groups: [(first: LedgerSighting, holders: [String])] = []
        for sighting in sightings {
            if let index = groups.firstIndex(where: { !$0.first.isOther(than: sighting) }) {
                groups[index].holders.append(sighting.holder)
            } else {
                groups.append((sighting, [sighting.holder]))
            }
        }
        return groups.map { ($0.first.place, $0.holders) }
    }

    /// The databases with their processes, and the remedy; nil when all write to one database, or none is known.
    public var trouble: String? {
        guard groups.count > 1 else { return nil }
        let list = groups.map { "\(Shown.line($0.place, 300)) (\($0.holders.joined(separator: ", ")))" }
        return "One fleet writes to \(groups.count) databases: \(list.joined(separator: "; ")). Stop the processes "
            + "of all but one, or give each fleet a FLOTILLA_NAMESPACE of its own."
    }

    /// Each process with its database, as `status` shows them.
    public var documents: [DatabaseDocument] { sightings.map { DatabaseDocument($0) } }
}
