import Documents
import Foundation
import JobQueue

/// What goes to the person at the other end.
enum Terminal {
    /// Errors and talk go to stderr, so that stdout holds data alone.
    static func complain(_ text: String) {
        StandardStreams.complain(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Whether stdout is a terminal.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether the command can ask a question: stdin and stderr are terminals.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks for a yes; no terminal means no.
    static func confirm(_ question: String) -> Bool {
        guard canAsk else { return false }
        StandardStreams.complain("\(question) [y/N] ")
        return readLine().map { ["y", "yes"].contains($0.lowercased()) } ?? false
    }

    /// Asks for a text; no terminal means none.
    static func ask(_ question: String) -> String? {
        guard canAsk else { return nil }
        StandardStreams.complain("\(question) ")
        return readLine()
    }

    /// One JSON document on stdout, in one line.
    static func printDocument(_ document: some Encodable) { print(JSONText.of(document)) }

    /// Columns under upper-case heads, aligned; nothing else on stdout.
    static func printTable(_ heads: [String], _ rows: [[String]]) {
        let all = [heads] + rows
        let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        for row in all {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            print(line)
        }
    }
}

/// Times and sizes as people read them.
enum Shown {
    /// Two units at the most: `3m12s`, `450ms`, `2d4h`.
    static func age(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        switch seconds {
        case ..<1: return "\(max(0, milliseconds))ms"
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m\(seconds % 60)s"
        case ..<86_400: return "\(seconds / 3_600)h\(seconds % 3_600 / 60)m"
        default: return "\(seconds / 86_400)d\(seconds % 86_400 / 3_600)h"
        }
    }

    static func bytes(_ count: Int) -> String {
        count >= 1 << 20 ? "\(count >> 20) MiB" : "\(count >> 10) KiB"
    }

    /// A whole text with its lines, and with nothing else that steers a terminal.
    static func lines(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { PlainText.line(String($0), limit: .max) }.joined(separator: "\n")
    }

    /// A text that fits a table: one line, shortened, with nothing that steers a terminal.
    static func line(_ text: String, _ width: Int = 60) -> String {
        let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return PlainText.line(flat, limit: flat.unicodeScalars.count <= width ? width : width - 1)
    }
}
