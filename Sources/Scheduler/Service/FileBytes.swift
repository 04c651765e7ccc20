#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads small regular files whole; knows why a file cannot be read.
enum FileBytes {
    enum Failure: Error, Equatable {
        case missing
        case directory
        case notRegular
        case tooLarge(bytes: Int)
        /// The system's own words.
        case system(String)
    }

    /// What a file holds, and when it was modified: unix milliseconds by the clock of its host, of the file that a link
    /// leads to.
    struct Dated: Equatable {
        var bytes: [UInt8]
        var modifiedMilliseconds: Int64
    }

    /// Blocks for the one read: for start-up, reload and time-zone tables of a few kilobytes.
    static func read(path: String, limit: Int) throws(Failure) -> [UInt8] {
        try dated(path: path, limit: limit).bytes
    }

    /// Blocks as `read` does.
    static func dated(path: String, limit: Int) throws(Failure) -> Dated {
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
        // What is written while it is read must not look older than it is.
        guard fstat(descriptor, &status) == 0 else { throw .system(reason()) }
        return Dated(bytes: bytes, modifiedMilliseconds: milliseconds(status.st_mtim))
    }

    /// Some file systems keep whole seconds: such a time is taken for the end of its second.
    /// Others keep any number: what is beyond 2^43 seconds counts as that.
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
