import Documents
import Foundation

/// What a line of a log says of itself: the fleet's own lines, in either form, and those of the old backend.
struct LogLine: Sendable, Equatable {
    /// `2025-10-04 11:57:02` in UTC; nil for a line that does not begin with a time.
    let timestamp: String?
    /// `INFO` for a line that names none.
    let level: String
    let text: String
    let file: String

    /// - Parameter now: gives the date to a line that begins with a time of day only.
    init(_ text: String, in file: String, now: Date) {
        let begin = Array(text.utf8.prefix(Self.reach))
        let time = Self.time(in: begin, now: now)
        timestamp = time?.text
        let rest = String(decoding: begin.dropFirst(time?.end ?? 0), as: UTF8.self)
        level = Self.level(in: rest, isTimed: time != nil)
        self.text = text
        self.file = file
    }

    /// Whether it tells of something that somebody should look at.
    var isCritical: Bool { ["WARNING", "ERROR", "CRITICAL"].contains(level) }

    var document: LogDocument.Line {
        LogDocument.Line(timestamp: timestamp, level: level, message: text, file: file)
    }

    /// The spelling of `timestamp`.
    static func spelled(_ date: Date) -> String {
        String(NaiveTime.text(date).prefix(19)).replacing("T", with: " ")
    }

    // MARK: Reading

    /// Time and level stand within so many bytes.
    private static let reach = 200
    /// A bracket, or the begin of a JSON object, may stand before the time.
    private static let mostBefore = 12

    private static func time(in begin: [UInt8], now: Date) -> (text: String, end: Int)? {
        for start in 0..<min(mostBefore, begin.count) {
            let rest = begin[start...]
            if fits(rest, "0000-00-00 00:00:00") || fits(rest, "0000-00-00T00:00:00") {
                let text = String(decoding: rest.prefix(19), as: UTF8.self).replacing("T", with: " ")
                return (text, start + 19)
            }
        }
        guard fits(begin[...], "00:00:00") else { return nil }
        let ofDay = String(decoding: begin.prefix(8), as: UTF8.self)
        let today = "\(spelled(now).prefix(11))\(ofDay)"
        // Midnight has passed since; a clock may be a minute ahead.
        let isToday = today <= spelled(now.addingTimeInterval(60))
        return (isToday ? today : "\(spelled(now.addingTimeInterval(-86_400)).prefix(11))\(ofDay)", 8)
    }

    /// Whether bytes begin like a pattern, in which 0 stands for any digit.
    private static func fits(_ bytes: ArraySlice<UInt8>, _ pattern: String) -> Bool {
        guard bytes.count >= pattern.utf8.count else { return false }
        return zip(bytes, pattern.utf8).allSatisfy { byte, expected in
            expected == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == expected
        }
    }

    private static let levels = [
        "trace": "DEBUG", "debug": "DEBUG", "info": "INFO", "notice": "INFO", "warning": "WARNING", "warn": "WARNING",
        "error": "ERROR", "critical": "CRITICAL", "fatal": "CRITICAL",
    ]
    /// The level is among the first words: in capitals after the name of a module, too.
    private static let (mostWords, mostSmallWords) = (8, 4)

    private static func level(in text: String, isTimed: Bool) -> String {
        let words = text.split { !$0.isLetter }.prefix(mostWords)
        for (index, word) in words.enumerated() {
            let isCapital = word == Substring(word.uppercased())
            guard isCapital || isTimed && index < mostSmallWords, let level = levels[word.lowercased()] else {
                continue
            }
            return level
        }
        return "INFO"
    }
}
