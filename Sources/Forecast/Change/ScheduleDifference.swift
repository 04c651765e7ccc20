import JobQueue
public import ScheduleConfiguration

/// What is other in one schedule file than in another.
public struct ScheduleDifference: Sendable, Equatable {
    /// Of schedule entries, by name.
    public var entries: [Change] = []
    /// Of everything else: limits, circuits, queues, pools, and the file's own keys.
    public var rest: [Change] = []
    /// Entries that went and came with the same job, arguments and cadence: renamed, and not told so.
    public var renames: [Rename] = []

    /// An entry that seems to be renamed, for a hint to add `was`.
    public struct Rename: Sendable, Equatable {
        /// Names of the entry in the old and in the new file.
        public let from, to: String
    }

    /// One thing of a section that was added, changed, removed or renamed.
    public struct Change: Sendable, Equatable {
        /// What happened to it; raw values are shown.
        public enum Kind: String, Sendable {
            case added, changed, removed
            /// With `was`: it keeps its history, its pauses and its last tick.
            case renamed
        }

        /// `schedules`, `queues` and so on; empty for a key of the file itself.
        public var section: String
        /// The name in the new file; of something removed, in the old one.
        public var name: String
        /// Only entries are ever `renamed`.
        public var kind: Kind
        /// What it was called, when it was renamed.
        public var formerName: String?
        /// By key. For something added or removed, what it says.
        public var keys: [Key]

        /// One key whose value differs.
        public struct Key: Sendable, Equatable {
            /// The key as the file has it, under the thing's own section.
            public var key: String
            /// As written; nil where the default holds.
            public var before, after: String?
        }
    }

    /// Whether both files mean the same.
    public var isEmpty: Bool { entries.isEmpty && rest.isEmpty }

    /// Compares what two files mean, and says it in their words: another spelling of the same is no change.
    public init(from old: ScheduleText, to new: ScheduleText) {
        entries = Self.changes("schedules", old, new) { $0.schedules.map { ($0.name, $0) } }
        renameTold(old, new)
        rest += Self.changes("limits", old, new) { $0.limits.map { ($0.name, $0) } }
        rest += Self.changes("circuits", old, new) { $0.circuits.map { ($0.name, $0) } }
        rest += Self.changes("queues", old, new) { $0.queues.map { ($0.name.description, $0) } }
        rest += Self.changes("pools", old, new) { file in file.pools.map { ($0.name, Pool($0, of: file.celery)) } }
        if old.file.celery.ofTheFile != new.file.celery.ofTheFile {
            rest += Self.keys(old.values(under: "celery"), new.values(under: "celery")).map { key in
                Change(section: "", name: "celery.\(key.key)", kind: .changed, keys: [key])
            }
        }
        if old.file.timezone != new.file.timezone {
            let key = Change.Key(key: "timezone", before: old.file.timezone, after: new.file.timezone)
            rest.append(Change(section: "", name: "timezone", kind: .changed, keys: [key]))
        }
        if old.file.review != new.file.review {
            let key = Change.Key(key: "review", before: old.file.review.rawValue, after: new.file.review.rawValue)
            rest.append(Change(section: "", name: "review", kind: .changed, keys: [key]))
        }
        renames = Self.renames(entries, old.file, new.file)
    }

    /// All that a file says of one pool, and not of every pool.
    private struct Pool: Equatable {
        let pool: WorkerPool
        let celeryQueues: [String]?
        let control: CeleryControl?
        let prefix: String?

        init(_ pool: WorkerPool, of whole: CeleryRules) {
            self.pool = pool
            let own = whole.pool(pool.name)
            celeryQueues = own?.queues
            control = own.flatMap { $0.control == whole.control ? nil : $0.control }
            prefix = own.flatMap { $0.prefix == whole.prefix ? nil : $0.prefix }
        }
    }

    /// Joins what went and what came under another name that says `was`.
    private mutating func renameTold(_ old: ScheduleText, _ new: ScheduleText) {
        for entry in new.file.schedules {
            guard let was = entry.renamedFrom,
                let gone = entries.firstIndex(where: { $0.kind == .removed && $0.name == was }),
                let come = entries.firstIndex(where: { $0.kind == .added && $0.name == entry.name })
            else { continue }
            entries[come] = Change(
                section: "schedules", name: entry.name, kind: .renamed, formerName: was,
                keys: Self.keys(old.values(under: "schedules.\(was)"), new.values(under: "schedules.\(entry.name)")))
            entries.remove(at: gone)
        }
    }

    private static func changes<Entry: Equatable>(
        _ section: String, _ old: ScheduleText, _ new: ScheduleText,
        _ named: (ScheduleFile) -> [(String, Entry)]
    ) -> [Change] {
        let was = Dictionary(named(old.file)) { first, _ in first }
        let isNow = Dictionary(named(new.file)) { first, _ in first }
        return Set(was.keys).union(isNow.keys).sorted().compactMap { name in
            guard was[name] != isNow[name] else { return nil }
            let path = "\(section).\(name)"
            let kind: Change.Kind = was[name] == nil ? .added : isNow[name] == nil ? .removed : .changed
            return Change(
                section: section, name: name, kind: kind, keys: keys(old.values(under: path), new.values(under: path)))
        }
    }

    private static func keys(_ old: [String: String], _ new: [String: String]) -> [Change.Key] {
        Set(old.keys).union(new.keys).sorted().compactMap { key in
            old[key] == new[key] ? nil : Change.Key(key: key, before: old[key], after: new[key])
        }
    }

    private static func renames(_ entries: [Change], _ old: ScheduleFile, _ new: ScheduleFile) -> [Rename] {
        let gone = entries.filter { $0.kind == .removed }.compactMap { change in
            old.schedules.first { $0.name == change.name }
        }
        var found: [Rename] = []
        for added in entries where added.kind == .added {
            guard let entry = new.schedules.first(where: { $0.name == added.name }) else { continue }
            let twin = gone.first { before in
                entry.renamedFrom != before.name && before.job == entry.job && before.argsJSON == entry.argsJSON
                    && before.forEach == entry.forEach
                    && before.cadence == entry.cadence && !found.contains { $0.from == before.name }
            }
            if let twin { found.append(Rename(from: twin.name, to: entry.name)) }
        }
        return found
    }
}
