import Documents
import Foundation

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
