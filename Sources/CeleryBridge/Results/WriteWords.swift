import JobQueue

/// Turns writes into the words of effects.lua.
struct WriteWords: Sendable {
    let place: CeleryPlace
    /// The outbox for results on another server.
    let outbox: String
    /// Unix ms, for the records of chord jobs.
    let now: Int64

    /// The words of all writes of one settlement; empty for none.
    func words(for writes: [BridgeWrite]) -> [String] { writes.isEmpty ? [] : databases + operations(writes[...]) }

    private func operations(_ writes: ArraySlice<BridgeWrite>) -> [String] {
        var words: [String] = []
        var elsewhere: [String] = []
        var rest = writes
        while let write = rest.popFirst() {
            if case .once(let marker, let ttl, let count) = write {
                // What follows is left out as a whole when the marker is there.
                let inner = operations(rest.prefix(count))
                rest = rest.dropFirst(count)
                words += ["O", marker, "\(ttl > 0 ? ttl : Self.markerSeconds)", "\(inner.count)"] + inner
            } else if place.resultsAreElsewhere, write.isForResults {
                elsewhere += self.words(of: write)
            } else {
                words += self.words(of: write)
            }
        }
        if !elsewhere.isEmpty { words += ["B", outbox, WireValue.list(elsewhere.map { .text($0) }).json] }
        return words
    }

    /// How long a marker is kept where results are kept for good.
    private static let markerSeconds = 172_800

    /// The three databases with which every list of words begins.
    private var databases: [String] {
        let results = place.resultsAreElsewhere ? place.homeDatabase : place.resultsDatabase
        return ["\(place.brokerDatabase)", "\(results)", "\(place.homeDatabase)"]
    }

    private func words(of write: BridgeWrite) -> [String] {
        switch write {
        case .result(let key, let value, let ttl, let mode): return ["R", key, value, "\(ttl)", mode.rawValue]
        case .push(let list, let message): return ["P", list, message]
        case .once: return []
        case .save(let key, let value, let ttl): return ["V", key, value, "\(ttl)"]
        case .chordMember(let group, let taskID, let index, let member, let body):
            let score = BridgeWrite.score(index)
            return ["C", group.key, score, "\(taskID):\(score)", member, "\(group.ttlSeconds)"] + job(group, body)
        case .chordSize(let group, let size): return ["S", group.key, "\(size)", "\(group.ttlSeconds)"]
        case .chordDone(let group): return ["F", group.key]
        }
    }

    /// Id and record of the native job that starts a chord's body. The id holds the time: a group's id may be used
    /// again.
    private func job(_ group: ChordPlace, _ body: String) -> [String] {
        let isName = (1...64).contains(group.group.utf8.count) && group.group.utf8.allSatisfy(Self.isPlain)
        let name = isName ? group.group : "\(group.group.utf8.reduce(5_381 as UInt64) { ($0 &* 33) ^ UInt64($1) })"
        let record = JobEnvelope(
            kind: CeleryKinds.chord, payload: Array(body.utf8), enqueuedMilliseconds: now)
        return ["chord~\(name)~\(String(now, radix: 36))", String(decoding: record.encoded(), as: UTF8.self)]
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x2D
    }
}

extension BridgeWrite {
    /// Whether it goes to the results' database, not to the broker's or the fleet's own.
    fileprivate var isForResults: Bool {
        switch self {
        case .result, .chordMember, .chordSize, .chordDone, .save: true
        case .push, .once: false
        }
    }
}
