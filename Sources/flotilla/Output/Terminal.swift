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

    /// The width of the terminal that stdout is; nil where stdout is none, or does not say.
    static var columns: Int? {
        guard isInteractive else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Columns under upper-case heads, aligned; nothing else on stdout. On a terminal the last column is cut where it
    /// does not fit; on a very narrow one each cell has a line of its own.
    static func printTable(_ heads: [String], _ rows: [[String]]) {
        let all = [heads] + rows
        let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let columns = columns
        if let columns, columns < narrow { return printRecords(heads, rows) }
        let before = widths.dropLast().reduce(0) { $0 + $1 + 2 }
        let room = columns.map { $0 - before }.flatMap { $0 >= leastRoom ? $0 : nil }
        for row in all {
            var line = ""
            for (column, cell) in row.enumerated() {
                guard column == row.count - 1 else {
                    line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
                    continue
                }
                line += room.map { cell.count > $0 ? cell.prefix($0 - 1) + "…" : cell } ?? cell
            }
            print(line)
        }
    }

    /// Terminals of fewer columns than this show no table.
    private static let narrow = 40
    /// What is left of a column that is cut has at least this width.
    private static let leastRoom = 8

    private static func printRecords(_ heads: [String], _ rows: [[String]]) {
        for (number, row) in rows.enumerated() {
            if number > 0 { print("") }
            for (head, cell) in zip(heads, row) where !cell.isEmpty { print("\(head) \(cell)") }
        }
    }
}
