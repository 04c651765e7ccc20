import Documents
import Fleet
import Foundation
import Glibc
import JobQueue
import Synchronization

/// The last log lines of this host's processes, in files of the state folder, for the dashboard's page of logs.
/// Standard error stays the log; what cannot be written here is lost without a word.
///
/// The names are those of the application that the dashboard was made for. Each file has at most 1 MiB, and one older
/// one beside it.
final class KeptLog: Sendable {
    /// Which file a process writes to.
    enum Name: String, CaseIterable, Sendable {
        /// The API and the supervisor.
        case backend = "backend.log"
        case worker = "celery-worker.log"
        case scheduler = "celery-beat.log"
    }

    private static let mostBytes = 1 << 20

    private let path: String
    private let process: String
    private let descriptor: Mutex<Int32>
    private let now: @Sendable () -> Int64

    /// Opens nothing yet.
    /// - Parameters:
    ///   - home: the state folder.
    ///   - process: what tells this process from its siblings.
    init(
        _ name: Name, home: URL, process: String,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }
    ) {
        path = Self.path(name, home)
        self.process = process
        self.now = now
        descriptor = Mutex(-1)
    }

    deinit { close() }

    func append(level: String, message: String, fields: [(String, String)]) {
        let extra = fields.map { " \($0.0)=\($0.1)" }.joined()
        let at = Timestamp.text(now())
        let text = "\(at.prefix(10)) \(at.dropFirst(11).prefix(8)) \(level.uppercased()) \(process): \(message)\(extra)"
        let line = Array((PlainText.line(text, limit: 2_000) + "\n").utf8)
        descriptor.withLock { descriptor in
            if descriptor < 0 { descriptor = reopened() }
            guard descriptor >= 0 else { return }
            turn(&descriptor)
            _ = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }

    /// Begins a new file when this one is full. Of several processes one renames it; the others see that and follow.
    private func turn(_ descriptor: inout Int32) {
        guard let mine = FileStatus(descriptor: descriptor) else { return }
        let isMoved = FileStatus(path: path)?.inode != mine.inode
        guard isMoved || mine.size > Self.mostBytes else { return }
        if !isMoved { rename(path, path + ".1") }
        Glibc.close(descriptor)
        descriptor = reopened()
    }

    private func reopened() -> Int32 {
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    }

    private func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }

    /// The newest lines of a file, oldest first; empty when there is none.
    static func lines(of file: String, home: URL, most: Int = 2_000) -> [String] {
        guard let name = Name(rawValue: file) else { return [] }
        let path = path(name, home)
        let text = [path + ".1", path].compactMap { FileManager.default.contents(atPath: $0) }
            .map { String(decoding: $0, as: UTF8.self) }.joined()
        return text.split(separator: "\n").suffix(most).map(String.init)
    }

    private static func path(_ name: Name, _ home: URL) -> String {
        home.appendingPathComponent("logs").appendingPathComponent(name.rawValue).path
    }
}
