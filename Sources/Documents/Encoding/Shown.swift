import JobQueue

/// Times, sizes and texts as people read them, in tables and sentences.
public enum Shown {
    /// Two units at the most: `3m12s`, `450ms`, `2d4h`; a negative age is `0ms`.
    public static func age(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        switch seconds {
        case ..<1: return "\(max(0, milliseconds))ms"
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m\(seconds % 60)s"
        case ..<86_400: return "\(seconds / 3_600)h\(seconds % 3_600 / 60)m"
        default: return "\(seconds / 86_400)d\(seconds % 86_400 / 3_600)h"
        }
    }

    /// Whole MiB or KiB, rounded down.
    public static func bytes(_ count: Int) -> String {
        count >= 1 << 20 ? "\(count >> 20) MiB" : "\(count >> 10) KiB"
    }

    /// A whole text with its lines, and with nothing else that steers a terminal.
    public static func lines(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { PlainText.line(String($0), limit: .max) }.joined(separator: "\n")
    }

    /// A text that fits a table: one line, shortened, with nothing that steers a terminal.
    /// - Parameter width: characters, with the `…` of a text that is cut.
    public static func line(_ text: String, _ width: Int = 60) -> String {
        let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return PlainText.line(flat, limit: flat.unicodeScalars.count <= width ? width : width - 1)
    }

    /// Two digits behind the point, as far as they say anything.
    public static func rate(_ value: Double) -> String {
        let hundredths = value.isFinite ? Int(min(max(value * 100, -0x1p53), 0x1p53).rounded()) : 0
        if hundredths % 100 == 0 { return "\(hundredths / 100)" }
        let rest = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
        return "\(hundredths / 100).\(rest.hasSuffix("0") ? String(rest.dropLast()) : rest)"
    }
}
