import Foundation

/// Which file a path leads to at this moment, and how it looks from outside. Links are followed.
struct FileFacts: Sendable, Equatable {
    /// Tells a file from every other one, whatever its name is.
    struct Identity: Sendable, Equatable {
        let device: UInt64
        let inode: UInt64
    }

    let identity: Identity
    let bytes: Int64
    /// When its contents were changed last, in seconds and nanoseconds.
    let modified: [Int]

    /// `nil` when there is no such file, or this user may not ask.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        bytes = Int64(status.st_size)
        #if canImport(Darwin)
            modified = [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
        #else
            modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        #endif
    }

    /// Whether a file begins as SQLite's files do; an empty one may become one.
    static func isDatabase(_ path: String) -> Bool {
        guard (try? FileIntegrity.refuseOtherThanFile(path)) != nil, let file = FileHandle(forReadingAtPath: path)
        else { return false }
        defer { try? file.close() }
        let begin = (try? file.read(upToCount: 16)) ?? Data()
        return begin.isEmpty || begin == Data("SQLite format 3\0".utf8)
    }

    /// The path of the file itself, as SQLite names its log by it; the path as given when there is no file.
    static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}

/// Held by the one process that opens another file at an address, so that no two of them clear away its log at once.
final class FolderLock {
    private let descriptor: Int32

    /// - Throws: `locked` when another process holds it.
    init(folderOf path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LedgerError.folderMissing(path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw LedgerError.locked(path: path, seconds: 0)
        }
    }

    deinit { close(descriptor) }
}
