/// Which log lines are left out because the same was said a few times just before.
///
/// Two lines are the same when level and message are, apart from words with digits in them: numbers, ids, times. The
/// first five in ten seconds are shown, the others counted and summed up in one line. Critical lines are always shown,
/// and so are debug and trace, which an operator has switched on.
struct RepeatedLines {
    /// So many of a kind in one window.
    static let shown = 5
    static let windowMilliseconds: Int64 = 10_000
    /// Kinds that are remembered; beyond them lines pass uncounted.
    static let maxKinds = 256
    private static let maxCharacters = 300

    /// What was left out of one kind in one window.
    struct Summary: Equatable {
        var level: String
        var message: String
        var count: Int
        var text: String { "\(message) (said \(count) more times in \(RepeatedLines.windowMilliseconds / 1_000) s)" }
    }

    private struct Kind: Hashable {
        var level: String
        var pattern: String
    }

    private struct Seen {
        var since: Int64
        var count: Int
        /// The last one, shortened.
        var message: String
    }

    private var kinds: [Kind: Seen] = [:]

    /// Whether a summary is still to come.
    var isHiding: Bool { kinds.values.contains { $0.count > Self.shown } }

    /// - Parameter now: milliseconds of a clock that is never set back.
    /// - Returns: false when the line is to be left out; it is counted then.
    mutating func admits(level: String, message: String, at now: Int64) -> Bool {
        guard !["critical", "debug", "trace"].contains(level) else { return true }
        let short = String(message.unicodeScalars.prefix(Self.maxCharacters))
        let kind = Kind(level: level, pattern: Self.pattern(of: short))
        guard var seen = kinds[kind] else {
            if kinds.count < Self.maxKinds { kinds[kind] = Seen(since: now, count: 1, message: short) }
            return true
        }
        seen.count += 1
        seen.message = short
        kinds[kind] = seen
        return seen.count <= Self.shown
    }

    /// Forgets the kinds whose window is over.
    /// - Parameter atEnd: closes the windows that are still open too.
    /// - Returns: what was left out in those windows, oldest first.
    mutating func summaries(at now: Int64, atEnd: Bool = false) -> [Summary] {
        guard !kinds.isEmpty else { return [] }
        let over = kinds.filter { atEnd || now - $0.value.since >= Self.windowMilliseconds }
        for kind in over.keys { kinds[kind] = nil }
        return over.filter { $0.value.count > Self.shown }.sorted { $0.value.since < $1.value.since }.map {
            Summary(level: $0.key.level, message: $0.value.message, count: $0.value.count - Self.shown)
        }
    }

    /// The message with `#` for each word that has a digit in it.
    static func pattern(of message: String) -> String {
        var result = String.UnicodeScalarView()
        var word = String.UnicodeScalarView()
        var hasDigit = false
        func isWord(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_": true
            default: false
            }
        }
        func endWord() {
            if hasDigit { result.append("#") } else { result.append(contentsOf: word) }
            word.removeAll()
            hasDigit = false
        }
        for scalar in message.unicodeScalars {
            if isWord(scalar) {
                word.append(scalar)
                hasDigit = hasDigit || ("0"..."9").contains(scalar)
            } else {
                endWord()
                result.append(scalar)
            }
        }
        endWord()
        return String(result)
    }
}
