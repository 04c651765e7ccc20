import Documents
import Foundation

/// A file that comes into being complete and on disk, or not at all, and never replaces another.
enum NewFile {
    /// - Throws: `CommandFailure` when the file cannot be written because of its name; nothing is touched.
    static func check(_ path: String) throws {
        guard !path.isEmpty else { throw CommandFailure(.usage, "--out is empty. Give the name of a new file.") }
        guard !FileManager.default.fileExists(atPath: path) else { throw exists(path) }
    }

    /// Readable by its owner alone: arguments and errors are private.
    static func write(_ bytes: Data, to path: String) async throws { try await write(to: path) { try $0(bytes) } }

    /// The same for a body that hands over one piece after another.
    static func write(to path: String, _ body: ((Data) throws -> Void) async throws -> Void) async throws {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent()
        let name = ".\(target.lastPathComponent.prefix(100)).\(ServiceRunner.pid).part"
        let draft = folder.appendingPathComponent(name).path
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        defer { unlink(draft) }
        do {
            defer { close(file) }
            try await body { try write($0, to: file, path) }
            guard fsync(file) == 0 else { throw failure(path) }
        }
        // Unlike a rename, a link fails when another process has created the file meanwhile.
        guard link(draft, path) == 0 else { throw errno == EEXIST ? exists(path) : failure(path) }
        try sync(folder: folder.path)
    }

    /// Writes all bytes, however many calls that takes.
    static func write(_ bytes: Data, to file: Int32, _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
    }

    /// Makes the names in a folder durable.
    static func sync(folder: String) throws {
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure(folder) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure(folder) }
    }

    /// What the last call of the system did not do.
    static func failure(_ path: String) -> CommandFailure {
        let reason = String(cString: strerror(errno))
        return CommandFailure(.failed, "\(Shown.line(path, 300)) cannot be written: \(reason). Choose another place.")
    }

    private static func exists(_ path: String) -> CommandFailure {
        CommandFailure(.refused, "\(Shown.line(path, 300)) exists, and is not overwritten. Choose another name.")
    }
}
