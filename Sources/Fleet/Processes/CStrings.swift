import Glibc

/// `posix_spawn` with the settings every child gets; returns its process id.
///
/// - Parameters:
///   - lifeline: a descriptor of this process that the child gets as `ChildProcess.lifelineDescriptor`.
///   - output: a descriptor for its standard output and error, or `nil` to leave them as they are here.
func spawn(_ command: ProcessCommand, lifeline: Int32, output: Int32?) throws(FleetError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let output {
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
    }
    posix_spawn_file_actions_adddup2(&actions, lifeline, ChildProcess.lifelineDescriptor)
    guard LinuxCalls.closeFrom(ChildProcess.lifelineDescriptor + 1, in: &actions) else {
        throw .cannotStart(executable: command.executable, errno: ENOSYS)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A child would inherit ignored and blocked signals, and could then not be stopped.
    var every = sigset_t()
    sigfillset(&every)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    let arguments = CStrings([command.executable] + command.arguments)
    let environment = CStrings(command.environment.map { "\($0.key)=\($0.value)" }.sorted())
    var processID: pid_t = 0
    let problem = posix_spawnp(
        &processID, command.executable, &actions, &attributes, arguments.pointers, environment.pointers)
    guard problem == 0 else { throw .cannotStart(executable: command.executable, errno: problem) }
    return processID
}

/// A null-terminated array of C strings that lives as long as this value.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
