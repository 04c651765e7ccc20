import Dispatch
import Documents
import Foundation
import JobQueue

/// Where dead jobs go that a retention policy removes: `FLOTILLA_HOME/exports/dead-<queue>-<yyyy-mm>.jsonl`, one JSON
/// object a line, as `flotilla jobs show --json` prints it; the month is that of the export.
///
/// When `append` returns, the lines are on disk. A process that dies in it may leave a line that is cut off: the next
/// one starts a new line, and the jobs, which are still dead then, are exported again. Several processes may append to
/// one file: a lock keeps their lines apart.
struct DeadLetterExport: Sendable {
    let folder: URL
    private let table: JobTable
    private let now: @Sendable () -> Int64

    init(_ composition: Composition) {
        folder = composition.settings.home.appendingPathComponent("exports", isDirectory: true)
        table = JobTable(composition)
        now = { Int64(Date().timeIntervalSince1970 * 1_000) }
    }

    /// Writes jobs of one queue down.
    /// - Throws: `CommandFailure` when they are not all on disk.
    func append(_ jobs: [StoredJob]) async throws {
        guard let queue = jobs.first?.queue else { return }
        let month = Timestamp.text(now()).prefix(7)
        let path = folder.appendingPathComponent("dead-\(queue)-\(month).jsonl").path
        var bytes = Data()
        for job in jobs { bytes.append(contentsOf: JSONText.line(of: table.document(job))) }
        let lines = bytes
        // Waiting for the disk would hold a thread that everything else runs on.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try write(lines, to: path) })
            }
        }
    }

    private func write(_ lines: Data, to path: String) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw NewFile.failure(path) }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 { guard errno == EINTR else { throw NewFile.failure(path) } }
        let end = lseek(file, 0, SEEK_END)
        var last: UInt8 = 0x0A
        guard end >= 0, end == 0 || pread(file, &last, 1, end - 1) == 1 else { throw NewFile.failure(path) }
        do {
            try NewFile.write(last == 0x0A ? lines : Data([0x0A]) + lines, to: file, path)
        } catch {
            // A full disk: half of the lines are worth nothing, since the jobs come again.
            ftruncate(file, end)
            throw error
        }
        guard fsync(file) == 0 else { throw NewFile.failure(path) }
        if end == 0 { try NewFile.sync(folder: folder.path) }
    }
}
