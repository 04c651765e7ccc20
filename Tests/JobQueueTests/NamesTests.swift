import TestSupport
import Testing

@testable import JobQueue

@Suite struct NamesTests {
    @Test(arguments: ["a", "7", "flotilla.test.echo", "a_b-c.9", String(repeating: "q", count: 64)])
    func `a queue and a kind take this name`(_ text: String) throws {
        #expect(try QueueName(text).description == text)
        #expect(try JobKind(text).description == text)
    }

    @Test(arguments: [
        "", "A", "-a", ".a", "_a", "a b", "a:b", "a{b}", "a\n", "ä", "a*", "a/b", "\u{0}",
        String(repeating: "q", count: 65),
    ])
    func `a queue and a kind refuse this name`(_ text: String) {
        #expect(throws: JobQueueError.badName(what: "queue name", text: text, rule: CheckedName.nameRule)) {
            try QueueName(text)
        }
        #expect(throws: JobQueueError.badName(what: "job kind", text: text, rule: CheckedName.nameRule)) {
            try JobKind(text)
        }
    }

    @Test(arguments: [
        awkwardID, "A", "a:b:c", "550e8400-e29b-41d4-a716-446655440000", String(repeating: "x", count: 128),
    ])
    func `an id may be nearly anything printable`(_ text: String) throws {
        #expect(try JobID(text).description == text)
    }

    @Test(arguments: [
        "", " ", "a b", "a\tb", "a\n", "a\"b", "a'b", "a\\b", "ü", "\u{7F}", String(repeating: "x", count: 129),
    ])
    func `an id has no blanks, quotes or line breaks`(_ text: String) {
        #expect(throws: JobQueueError.self) { try JobID(text) }
    }

    @Test func `a name of a megabyte is refused in a short sentence`() {
        let long = String(repeating: "q", count: 1 << 20)
        for make: (String) throws -> Void in [
            { _ = try QueueName($0) }, { _ = try JobKind($0) }, { _ = try JobID($0) },
            { _ = try JobKey($0, as: "unique key") },
        ] {
            #expect {
                try make(long)
            } throws: { "\($0)".utf8.count < 300 && "\($0)".contains("…") }
        }
    }

    @Test func `an error shows what could end its line or steer a terminal`() {
        #expect {
            try QueueName("a\r\nERROR all is lost\u{1b}[2J\u{0}\u{9b}\u{202e}")
        } throws: { error in
            let text = "\(error)"
            return text.contains(#"'a\u{d}\u{a}ERROR all is lost\u{1b}[2J\u{0}\u{9b}\u{202e}' is not"#)
                && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F }
        }
    }

    @Test func `a key that jobs share follows the rule of ids`() throws {
        #expect(try JobKey(awkwardID, as: "cap key").description == awkwardID)
        #expect(throws: JobQueueError.badName(what: "cap key", text: "a b", rule: CheckedName.idRule)) {
            try JobKey("a b", as: "cap key")
        }
    }

    @Test func `ids sort by their age`() throws {
        var random = SeededRandom(seed: 3)
        let times: [Int64] = [
            0, 1, 31, 32, 1_000, 1_799_999_999_999, 1_800_000_000_000, 1_800_000_000_001, 253_402_300_799_999,
        ]
        let ids = times.map { JobID.make(nowMilliseconds: $0, using: &random) }
        #expect(ids == ids.sorted())
        for id in ids {
            #expect(id.description.count == 26)
            #expect(try JobID(id.description) == id)
        }
    }

    @Test func `ids of one millisecond differ`() {
        var random = SeededRandom(seed: 4)
        let ids = Set((0..<20_000).map { _ in JobID.make(nowMilliseconds: 1_800_000_000_000, using: &random) })
        #expect(ids.count == 20_000)
        #expect(Set(ids.map { $0.description.prefix(10) }).count == 1)
    }

    @Test func `a time before 1970 makes an id too`() {
        var random = SeededRandom(seed: 5)
        #expect(JobID.make(nowMilliseconds: .min, using: &random).description.hasPrefix("0000000000"))
    }

    @Test func `a child has the same id in every run`() throws {
        let parent = try JobID("parent")
        #expect(try parent.child("bot-7") == parent.child("bot-7"))
        #expect(try parent.child("bot-7").description == "parent:bot-7")
        #expect(throws: JobQueueError.self) { try parent.child("bot 7") }
        #expect(throws: JobQueueError.self) { try parent.child(String(repeating: "x", count: 122)) }
    }

    @Test func `a worker's name fits into keys and JSON whatever its host is called`() {
        var random = SeededRandom(seed: 6)
        let long = "häuser {1}:\"x\"\\ y" + String(repeating: "z", count: 60)
        let worker = WorkerID(host: long, pid: 42, using: &random)
        #expect(CheckedName.isID(worker.description.utf8))
        #expect(!worker.description.contains { "{}: \"\\".contains($0) })
        #expect(worker.description.contains("-42-"))
        #expect(WorkerID(host: "h", pid: 1, using: &random) != WorkerID(host: "h", pid: 1, using: &random))
    }

    @Test func `all keys of one queue lie in one slot and none is shared`() throws {
        let keys = QueueKeys().of(try QueueName("execution"))
        let all = [
            keys.jobs, keys.ready, keys.ranked, keys.scheduled, keys.retrying, keys.dead, keys.done, keys.leases,
            keys.meta,
            keys.ticks, keys.wake, keys.running(WorkerID(unchecked: "w1")), keys.running(WorkerID(unchecked: "w2")),
        ]
        #expect(Set(all).count == all.count)
        for key in all { #expect(key.contains("{execution}") && key.hasPrefix(QueueKeys().prefix)) }
        let other = QueueKeys().of(try QueueName("execution2"))
        #expect(!all.contains(other.jobs))
        #expect(Set(keys.block).count == 13 && keys.block.first == keys.jobs && keys.block.last == keys.expiring)
        #expect(Set([QueueKeys().leader, QueueKeys().epoch].map { $0.prefix { $0 != "}" } }).count == 1)
        #expect(QueueKeys().limit("a") != QueueKeys().limit("b"))
    }
}
