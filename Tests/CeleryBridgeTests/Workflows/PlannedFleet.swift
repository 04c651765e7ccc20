import CeleryBridge

/// Runs messages to their end by carrying out what the planner plans, in memory, with tasks that only compute.
struct PlannedFleet {
    /// Task id → its last result.
    private(set) var results: [String: WireObject] = [:]
    /// Chords whose body was started or failed.
    private(set) var chordsDone: [String: Int] = [:]
    /// Messages that were published by tasks, by id.
    private(set) var published: [String: Int] = [:]
    private var waiting: [String] = []
    private var markers: Set<String> = []
    private var keys: [String: String]
    private var members: [String: [(score: Double, id: String, json: String)]] = [:]
    private var random: any RandomNumberGenerator
    private let copies: Int
    private let planner = WorkflowPlanner(settings: BridgeSettings(node: "w@h", pid: 1), now: 1_767_323_045_678)

    /// - Parameters:
    ///   - keys: what the client has written to the results database.
    ///   - copies: how often each message is delivered.
    init(
        _ messages: [String], keys: [String: String], copies: Int = 1, random: some RandomNumberGenerator
    ) {
        waiting = messages.flatMap { Array(repeating: $0, count: copies) }
        self.keys = keys
        self.random = random
        self.copies = copies
    }

    /// - Throws: when a message cannot be read, or when there is no end.
    mutating func run() throws {
        var steps = 0
        while !waiting.isEmpty {
            steps += 1
            if steps > 10_000 { throw WireError("the workflow has no end") }
            let index = Int(random.next() % UInt64(waiting.count))
            let message = try TaskMessage(raw: Array(waiting.remove(at: index).utf8))
            try carryOut(planner.writes(for: message, end: Self.end(of: message)))
        }
    }

    private mutating func carryOut(_ writes: [BridgeWrite]) throws {
        var skipped = 0
        for write in writes {
            if skipped > 0 {
                skipped -= 1
                continue
            }
            switch write {
            case .once(let marker, _, let count): if !markers.insert(marker).inserted { skipped = count }
            case .result(let key, let value, _, _): store(key, try WireValue.parse(value).object ?? WireObject())
            case .push(_, let text):
                published[try TaskMessage(raw: Array(text.utf8)).id, default: 0] += 1
                waiting += Array(repeating: text, count: copies)
            case .save(let key, let value, _): keys[key] = value
            case .chordSize(let place, let size): keys[place.key + ".s"] = String(size)
            case .chordMember(let place, let id, let score, let member, let body):
                try count(place, (score, id, member), body)
            case .chordDone: break
            }
        }
    }

    private mutating func store(_ key: String, _ result: WireObject) {
        let id = String(key.dropFirst("celery-task-meta-".count))
        if results[id]?["status"] != .text("SUCCESS") { results[id] = result }
    }

    private mutating func count(
        _ place: ChordPlace, _ member: (score: Double, id: String, json: String), _ body: String
    ) throws {
        guard chordsDone[place.group] == nil else { return }
        var all = members[place.group] ?? []
        if !all.contains(where: { $0.id == member.id && $0.score == member.score }) { all.append(member) }
        all.sort { ($0.score, $0.json) < ($1.score, $1.json) }
        members[place.group] = all
        guard let size = keys[place.key + ".s"].flatMap({ Int($0) }), all.count == size else { return }
        chordsDone[place.group, default: 0] += 1
        let chord = try ChordBody(json: Array(body.utf8))
        try carryOut(planner.writes(for: chord, members: all.map(\.json), saved: keys[place.key]))
    }

    private static func end(of message: TaskMessage) -> TaskEnd {
        let args = message.args
        switch message.task {
        case "t.add": return .succeeded(WireValue((args[0].int ?? 0) + (args.dropFirst().first?.int ?? 0)))
        case "t.xsum": return .succeeded(WireValue(sum(args[0])))
        case "t.list": return .succeeded(.list(args))
        case "celery.map", "celery.starmap":
            let items = message.kwargs["it"]?.list ?? []
            return .succeeded(.list(items.map { WireValue($0.list.map { sum(.list($0)) } ?? $0.int ?? 0) }))
        default: return .failed(TaskFailure("ValueError", [.text("boom")]))
        }
    }

    private static func sum(_ value: WireValue) -> Int {
        value.list.map { $0.reduce(0) { $0 + sum($1) } } ?? value.int ?? 0
    }
}
