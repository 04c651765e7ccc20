/// The events of a run, line by line: the newest lines, and a digest of all of them.
struct Trace: Sendable {
    /// FNV-1a over every line. Two identical runs have the same digest.
    private(set) var digest: UInt64 = 14_695_981_039_346_656_037
    private(set) var count = 0
    private var newest: [String] = []
    private let print: (@Sendable (String) -> Void)?

    static let kept = 30

    /// - Parameter print: called with every line; nil when the caller needs only the newest.
    init(print: (@Sendable (String) -> Void)?) { self.print = print }

    /// Oldest first, at most `kept`.
    var tail: [String] { Array(newest.suffix(Self.kept)) }

    mutating func add(_ line: String) {
        for byte in line.utf8 { digest = (digest ^ UInt64(byte)) &* 1_099_511_628_211 }
        digest = (digest ^ 0x0A) &* 1_099_511_628_211
        count += 1
        newest.append(line)
        if newest.count > 4 * Self.kept { newest.removeFirst(newest.count - Self.kept) }
        print?(line)
    }
}
