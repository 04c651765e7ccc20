public import Logging
import Synchronization

/// Keeps what is logged, from `info` on, as `level message`.
public final class LogBook: Sendable {
    private let written = Mutex<[String]>([])

    public init() {}

    public var lines: [String] { written.withLock { $0 } }
    public var logger: Logger { Logger(label: "test") { _ in Writer(book: self) } }

    private struct Writer: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        init(book: LogBook) { self.book = book }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { book.written.withLock { $0.append("\(event.level) \(event.message)") } }
    }
}
