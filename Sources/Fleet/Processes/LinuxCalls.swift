import CLinux
import Glibc

/// Functions of the C library on Linux that Swift does not import.
enum LinuxCalls {
    /// `pipe2(2)`. Both ends are close-on-exec from the start: if the flag were set afterwards, a child started by
    /// another thread in between would inherit the write end of a lifeline, and end-of-file would never arrive.
    static func pipeClosedOnExec(_ ends: inout [Int32]) -> Bool { pipe2(&ends, O_CLOEXEC) == 0 }

    /// `posix_spawn_file_actions_addclosefrom_np(3)`.
    static func closeFrom(_ first: Int32, in actions: inout posix_spawn_file_actions_t) -> Bool {
        file_actions_close_from(&actions, first) == 0
    }

    /// `pidfd_open(2)`: a descriptor, close-on-exec, that becomes readable when the process ends; `nil` where the
    /// kernel or a sandbox does not offer it.
    static func descriptor(ofProcess processID: Int32) -> Int32? {
        let descriptor = pidfd_open(processID)
        return descriptor >= 0 ? descriptor : nil
    }
}
