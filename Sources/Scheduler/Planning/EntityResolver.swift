public import ScheduleConfiguration

/// Tells for which entities a tick is.
public struct EntityResolver: Sendable {
    /// Asks a source; throws when it cannot be asked. Must answer within a second, or ticks are late.
    public typealias Ask = @Sendable () async throws -> [String]

    private let sources: [String: Ask]

    /// - Parameter sources: by the names that `for_each` of an entry may have.
    public init(_ sources: [String: Ask]) { self.sources = sources }

    /// Only lists.
    public static let none = EntityResolver([:])

    /// The entities of an entry, in a stable order; nil without a fan-out.
    /// - Throws: `SchedulerError`, or what the source throws.
    public func entities(of entry: ScheduleEntry) async throws -> [String]? {
        switch entry.forEach?.source {
        case nil: return nil
        case .list(let names): return names
        case .named(let source):
            guard let ask = sources[source] else { throw SchedulerError.unknownSource }
            let names = try await ask()
            if names.count > ForEach.limit { throw SchedulerError.tooManyEntities(names.count) }
            if let bad = names.first(where: { !EntityName.isValid($0) }) { throw SchedulerError.invalidEntity(bad) }
            if Set(names).count < names.count { throw SchedulerError.repeatedEntity }
            return names
        }
    }
}
