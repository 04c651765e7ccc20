import Glibc

/// Calls of Linux' C library that Swift does not import: the headers hide them behind `_GNU_SOURCE`, or they take
/// variable arguments. Each is looked up by name and called with the signature its manual page gives.
enum LinuxCalls {
    /// `pipe2(2)`. Both ends are close-on-exec from the start: set afterwards, a child started by another thread in
    /// between would inherit the write end of a lifeline, and its end-of-file would never come.
    static func pipeClosedOnExec(_ ends: inout [Int32]) -> Bool {
        typealias Call = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32
        guard let symbol = dlsym(nil, "pipe2") else { return refuse() }
        return unsafeBitCast(symbol, to: Call.self)(&ends, O_CLOEXEC) == 0
    }

    /// `posix_spawn_file_actions_addclosefrom_np(3)`, in glibc since 2.34.
    static func closeFrom(_ first: Int32, in actions: inout posix_spawn_file_actions_t) -> Bool {
        typealias Call = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return refuse() }
        return unsafeBitCast(symbol, to: Call.self)(&actions, first) == 0
    }

    /// `pidfd_open(2)`: a descriptor, close-on-exec, that becomes readable when the process ends; `nil` where the
    /// kernel (before 5.3) or a sandbox does not offer it.
    ///
    /// On Linux' platforms calling a function of variable arguments with integers is like calling any other.
    static func descriptor(ofProcess processID: Int32) -> Int32? {
        typealias Call = @convention(c) (Int, Int, Int) -> Int
        let pidfdOpen = 434  // the same on every architecture
        guard let symbol = dlsym(nil, "syscall") else { return nil }
        let descriptor = unsafeBitCast(symbol, to: Call.self)(pidfdOpen, Int(processID), 0)
        return descriptor >= 0 ? Int32(descriptor) : nil
    }

    private static func refuse() -> Bool {
        errno = ENOSYS
        return false
    }
}
