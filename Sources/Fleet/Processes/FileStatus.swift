import Glibc

/// What the system says of a file, an open one or one at a path (stat(2)). Symbolic links are followed.
public struct FileStatus: Sendable, Equatable {
    /// What a descriptor leads to.
    public enum Kind: Sendable, Equatable { case file, socket, pipe, terminal, other }

    /// By the bits of the mode.
    public let kind: Kind
    /// The permissions, `0o7777` of the mode.
    public let permissions: UInt32
    /// Together with the inode the same for all names of one file.
    public let device: UInt64
    /// See `device`.
    public let inode: UInt64
    /// User and group ids.
    public let owner, group: UInt32
    /// Bytes.
    public let size: Int64

    /// Nil when the descriptor is not open; `errno` says why.
    public init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil when there is nothing at the path, or it cannot be seen; `errno` says why.
    public init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFSOCK: .socket
            case S_IFIFO: .pipe
            case S_IFCHR: .terminal
            default: .other
            }
        permissions = UInt32(status.st_mode & 0o7777)
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        (owner, group) = (status.st_uid, status.st_gid)
        size = Int64(status.st_size)
    }
}
