import Redis

/// The engine's keys, and the places where a job may stand. A new state is a new `Place`, a new key a new line.
enum AuditLayout {
    /// A key that holds job ids.
    struct Place: Sendable {
        enum Form: String, Sendable {
            case list
            case sortedSet = "zset"
        }

        let name: String
        let form: Form
        let key: @Sendable (KeysOfQueue) -> String
        /// The state codes that records of its jobs may have.
        let stateCodes: Set<JobEnvelope.StateCode>

        /// The job id in an element: in `aside` the last word.
        func job(_ element: String) -> String {
            name == "aside" ? String(element.split(separator: " ").last ?? "") : element
        }
    }

    private static let inLine: Set<JobEnvelope.StateCode> = [.live, .cancelledInReady, .deletedInReady]

    static let places = [
        Place(name: "ready", form: .list, key: { $0.ready }, stateCodes: inLine),
        Place(name: "ranked", form: .sortedSet, key: { $0.ranked }, stateCodes: inLine),
        Place(name: "scheduled", form: .sortedSet, key: { $0.scheduled }, stateCodes: [.live]),
        Place(name: "retrying", form: .sortedSet, key: { $0.retrying }, stateCodes: [.live]),
        Place(name: "aside", form: .sortedSet, key: { $0.parked }, stateCodes: [.live, .waiting]),
        Place(name: "dead", form: .sortedSet, key: { $0.dead }, stateCodes: [.dead]),
        Place(name: "done", form: .list, key: { $0.done }, stateCodes: [.succeeded, .cancelled, .expired]),
    ]

    /// The claims of all workers are one more place.
    static let running = places.count
    static let runningStateCodes: Set<JobEnvelope.StateCode> = [.live]

    static func name(of place: Int) -> String { place == running ? "running" : places[place].name }
    static func stateCodes(of place: Int) -> Set<JobEnvelope.StateCode> {
        place == running ? runningStateCodes : places[place].stateCodes
    }
    static func index(of name: String) -> Int { places.firstIndex { $0.name == name } ?? running }

    /// Keys of a queue that hold no job ids, with their types.
    private static func others(_ keys: KeysOfQueue) -> [String: String] {
        [
            keys.jobs: "hash", keys.leases: "zset", keys.meta: "hash", keys.ticks: "zset", keys.wake: "list",
            keys.entries: "hash", keys.locks: "hash", keys.completions: "list", keys.expiring: "zset",
            keys.vanished: "zset", keys.fuses: "hash", keys.bin: "zset", keys.binned: "hash",
        ]
    }

    private static func single(_ keyspace: QueueKeys) -> [String: String] {
        [
            keyspace.queues: "set", keyspace.workers: "zset", keyspace.left: "hash", keyspace.maintenance: "string",
            keyspace.leader: "string", keyspace.epoch: "string", keyspace.scheduleNumber: "string",
            keyspace.scheduleVersions: "list", keyspace.schedulers: "hash", keyspace.ledgers: "hash",
            keyspace.attempts: "hash", keyspace.scheduleTexts: "zset", keyspace.orderGate: "hash",
            keyspace.resigned: "string", keyspace.desired: "hash", keyspace.automatic: "hash", keyspace.hosts: "hash",
            keyspace.roll: "string", keyspace.workerOrders: "hash",
        ]
    }

    private static func many(_ keyspace: QueueKeys) -> [(Substring, String)] {
        [
            (keyspace.limit("").dropLast(), "hash"), (keyspace.limitSetting("").dropLast(), "hash"),
            (keyspace.worker(WorkerID(unchecked: ""))[...], "hash"), (keyspace.circuit("").dropLast(), "hash"),
            (keyspace.operations("").dropLast(), "list"), (keyspace.bulk("")[...], "hash"),
        ]
    }

    /// Hash tags under our prefix that belong to other modules, which check their keys themselves.
    private static let foreign: Set<String> = ["paper"]

    /// The meaning of a key.
    enum Meaning: Equatable {
        case known(type: String)
        case ofQueue(QueueName, type: String)
        case running(QueueName, WorkerID)
        case foreign
        case unknown
    }

    static func meaning(of key: String, in keyspace: QueueKeys) -> Meaning {
        if let type = single(keyspace)[key] { return .known(type: type) }
        for (prefix, type) in many(keyspace) where key.hasPrefix(prefix) { return .known(type: type) }
        let rest = key.dropFirst(keyspace.prefix.count)
        guard rest.first == "{", let end = rest.firstIndex(of: "}") else { return .unknown }
        let tag = String(rest[rest.index(after: rest.startIndex)..<end])
        guard let queue = try? QueueName(tag) else { return .unknown }
        let keys = keyspace.of(queue)
        if let type = others(keys)[key] { return .ofQueue(queue, type: type) }
        if let place = places.first(where: { $0.key(keys) == key }) {
            return .ofQueue(queue, type: place.form.rawValue)
        }
        if key.hasPrefix(keys.batch(JobID(unchecked: ""))) { return .ofQueue(queue, type: "hash") }
        if key.hasPrefix(keys.history("")) { return .ofQueue(queue, type: "list") }
        let claims = keys.running(WorkerID(unchecked: ""))
        if key.hasPrefix(claims) { return .running(queue, WorkerID(unchecked: String(key.dropFirst(claims.count)))) }
        return foreign.contains(tag) ? .foreign : .unknown
    }
}

/// The places where a pass saw one job. Small, because a pass holds one for each job.
struct JobSighting: Equatable {
    enum Record: Equatable {
        case missing
        case unreadable
        case readable(JobEnvelope.StateCode)
    }

    var record = Record.missing
    /// A bit for each place.
    private(set) var places: UInt16 = 0
    /// Whether one place held it more than once.
    private(set) var isRepeated = false

    mutating func see(in place: Int) {
        let bit: UInt16 = 1 << UInt16(place)
        if places & bit != 0 { isRepeated = true }
        places |= bit
    }

    func isIn(_ place: Int) -> Bool { places & 1 << UInt16(place) != 0 }

    /// The rule that it breaks; nil when it breaks none, or has neither record nor place.
    var brokenRule: AuditRule? {
        let count = places.nonzeroBitCount + (isRepeated ? 1 : 0)
        guard record != .missing else { return count == 0 ? nil : .recordless }
        guard count == 1 else { return count == 0 ? .lost : .twofold }
        guard case .readable(let stateCode) = record else { return .unreadable }
        return AuditLayout.stateCodes(of: places.trailingZeroBitCount).contains(stateCode) ? nil : .stateCode
    }

    var description: String {
        let names = (0...AuditLayout.running).filter(isIn).map(AuditLayout.name)
        let stands = names.isEmpty ? "in no place" : "in " + names.joined(separator: " and ")
        let record =
            switch record {
            case .missing: "no record"
            case .unreadable: "a record that cannot be read"
            case .readable(let stateCode): "a record that says '\(Character(Unicode.Scalar(stateCode.rawValue)))'"
            }
        return "\(record), \(stands)" + (isRepeated ? ", more than once" : "")
    }
}
