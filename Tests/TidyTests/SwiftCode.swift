/// Strips Swift text down to what the compiler acts on: no comments, no contents of string literals.
enum SwiftCode {
    private enum Mode {
        case code
        case string(hashes: Int, isLong: Bool)
        /// Code inside `\(…)`, with the number of open parentheses.
        case interpolation(open: Int)
        case comment(depth: Int)
        case lineComment
    }

    static func lines(of text: String) -> [String] {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.scan()
        return String(decoding: scanner.kept, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var kept: [UInt8] = []
        var modes: [Mode] = [.code]
        var at = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func scan() {
            while at < bytes.count {
                let byte = bytes[at]
                if byte == UInt8(ascii: "\n") { kept.append(byte) }
                switch modes[modes.count - 1] {
                case .lineComment:
                    if byte == UInt8(ascii: "\n") { modes.removeLast() }
                    at += 1
                case .comment(let depth):
                    scanComment(depth: depth)
                case .string(let hashes, let isLong):
                    scanString(hashes: hashes, isLong: isLong)
                case .code, .interpolation:
                    scanCode(byte)
                }
            }
        }

        private func follows(_ text: String, at start: Int) -> Bool {
            let wanted = Array(text.utf8)
            return start + wanted.count <= bytes.count && Array(bytes[start..<start + wanted.count]) == wanted
        }

        private mutating func scanComment(depth: Int) {
            if follows("*/", at: at) {
                modes.removeLast()
                if depth > 1 { modes.append(.comment(depth: depth - 1)) }
                at += 2
            } else if follows("/*", at: at) {
                modes[modes.count - 1] = .comment(depth: depth + 1)
                at += 2
            } else {
                at += 1
            }
        }

        private mutating func scanString(hashes: Int, isLong: Bool) {
            let marks = String(repeating: "#", count: hashes)
            let end = (isLong ? "\"\"\"" : "\"") + marks
            if follows("\\" + marks + "(", at: at) {
                modes.append(.interpolation(open: 1))
                at += 2 + hashes
            } else if follows("\\" + marks, at: at) {
                if at + 1 + hashes < bytes.count, bytes[at + 1 + hashes] == UInt8(ascii: "\n") { at -= 1 }
                at += 2 + hashes
            } else if follows(end, at: at) {
                modes.removeLast()
                kept.append(UInt8(ascii: "\""))
                at += end.utf8.count
            } else {
                if bytes[at] == UInt8(ascii: "\n"), !isLong { modes.removeLast() }
                at += 1
            }
        }

        private mutating func scanCode(_ byte: UInt8) {
            if follows("//", at: at) {
                modes.append(.lineComment)
                return at += 2
            }
            if follows("/*", at: at) {
                modes.append(.comment(depth: 1))
                return at += 2
            }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let length = openString() {
                return at += length
            }
            if case .interpolation(let open) = modes[modes.count - 1] {
                let now = open + (byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0)
                modes[modes.count - 1] = .interpolation(open: now)
                if now == 0 { modes.removeLast() }
            }
            if byte != UInt8(ascii: "\n") { kept.append(byte) }
            at += 1
        }

        /// Enters a string literal that begins here; its opening's length, or `nil` when none does.
        private mutating func openString() -> Int? {
            var hashes = 0
            while at + hashes < bytes.count, bytes[at + hashes] == UInt8(ascii: "#") { hashes += 1 }
            guard follows("\"", at: at + hashes) else { return nil }
            let isLong = follows("\"\"\"", at: at + hashes)
            kept.append(UInt8(ascii: "\""))
            modes.append(.string(hashes: hashes, isLong: isLong))
            return hashes + (isLong ? 3 : 1)
        }
    }
}
