#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads small regular files as a whole; reports why a file cannot be read.
public enum FileBytes {
    /// Why a file cannot be read.
    public enum Failure: Error, Sendable, Equatable {
        case missing
        case directory
        case notRegular
        case tooLarge(bytes: Int)
        /// The error text of the system.
        case system(String)
    }

    /// The content of a file, and its modification time: unix milliseconds by the clock of its host, of the file that a
    /// link leads to.
    public struct Dated: Sendable, Equatable {
        /// All of it.
        public var bytes: [UInt8]
        /// As it was right after the read.
        public var modifiedMilliseconds: Int64
    }

    /// Blocks for the one read: for start-up, reload and time-zone tables of a few kilobytes.
    public static func read(path: String, limit: Int) throws(Failure) -> [UInt8] {
        try dated(path: path, limit: limit).bytes
    }

    /// Blocks as `read` does.
    public static func dated(path: String, limit: Int) throws(Failure) -> Dated {
        guard !path.utf8.contains(0) else { throw .missing }
        // Without O_NONBLOCK, a named pipe in the file's place would hang the reader.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .system(reason()) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(reason()) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .directory
        default: throw .notRegular
        }
        guard status.st_size <= limit else { throw .tooLarge(bytes: Int(status.st_size)) }
        let bytes = try contents(of: descriptor, limit: limit)
        // Taken after the read, so that a write during the read does not look older than it is.
        guard fstat(descriptor, &status) == 0 else { throw .system(reason()) }
        return Dated(bytes: bytes, modifiedMilliseconds: milliseconds(status.st_mtim))
    }

    /// Some file systems keep whole seconds: such a time counts as the end of its second. Others keep any number: times
    /// beyond 2^43 seconds are clamped.
    static func milliseconds(_ time: timespec) -> Int64 {
        min(max(Int64(time.tv_sec), -1 << 43), 1 << 43) * 1_000
            + (time.tv_nsec == 0 ? 999 : Int64(time.tv_nsec) / 1_000_000)
    }

    private static func contents(of descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, &chunk, chunk.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, &chunk, chunk.count)
            #else
                let count = Darwin.read(descriptor, &chunk, chunk.count)
            #endif
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(reason()) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[0..<count])
            // The file may grow while it is read.
            guard bytes.count <= limit else { throw .tooLarge(bytes: bytes.count) }
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
