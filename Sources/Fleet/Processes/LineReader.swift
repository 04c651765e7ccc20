import Dispatch
import Glibc

/// Reads a pipe line by line on a dispatch queue until no process can write to it any more.
enum LineReader {
    private static let chunkBytes = 64 * 1024

    /// Owns the descriptor from here on and closes it at the end.
    static func read(_ descriptor: Int32, receive: @escaping @Sendable (String?) -> Void) {
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "flotilla.line-reader"))
        var lines = LineSplitter()
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        source.setEventHandler {
            // Reads until the pipe is empty: once the writers are gone dispatch calls a last time and never again, even
            // if that call read only part of the data.
            while true {
                let count = Glibc.read(descriptor, &chunk, chunkBytes)
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN { return }
                guard count > 0 else { return source.cancel() }
                for line in lines.take(chunk[..<count]) { receive(line) }
            }
        }
        source.setCancelHandler {
            close(descriptor)
            if let rest = lines.finish() { receive(rest) }
            receive(nil)
        }
        source.activate()
    }
}

/// Splits bytes into lines. A line longer than `maxLineBytes` is split into pieces of that size, so memory stays
/// bounded.
struct LineSplitter {
    static let maxLineBytes = 64 * 1024
    private var rest: [UInt8] = []

    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(cut())
            } else {
                if rest.count == Self.maxLineBytes { lines.append(cut()) }
                rest.append(byte)
            }
        }
        return lines
    }

    /// The last line, if it had no end.
    mutating func finish() -> String? { rest.isEmpty ? nil : cut() }

    private mutating func cut() -> String {
        defer { rest.removeAll(keepingCapacity: true) }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
