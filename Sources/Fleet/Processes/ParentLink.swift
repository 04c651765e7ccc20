/// How a child is kept from outliving its parent.
public enum ParentLink: Sendable {
    /// The program watches for itself with `ParentWatch`; it finds the descriptor in `FLOTILLA_PARENT_FD`.
    case watches(Lifeline)
    /// For programs that cannot watch: a small `/bin/sh` beside the program sends SIGTERM to the whole process group
    /// when the parent is gone, and SIGKILL when that did not help within `killAfter` (whole seconds, rounded up).
    case guarded(Lifeline, killAfter: Duration)

    var lifeline: Lifeline {
        switch self {
        case .watches(let lifeline), .guarded(let lifeline, _): lifeline
        }
    }

    /// The command to spawn, given that the lifeline will be open as `descriptor` in the child.
    func command(for wanted: ProcessCommand, descriptor: Int32) -> ProcessCommand {
        switch self {
        case .watches:
            return wanted.adding(ParentWatch.variable, String(descriptor))
        case .guarded(_, let bound):
            let seconds = bound.components.seconds + (bound.components.attoseconds > 0 ? 1 : 0)
            return ProcessCommand(
                "/bin/sh",
                arguments: ["-c", Self.guardScript, "flotilla-guard", String(seconds), wanted.executable]
                    + wanted.arguments,
                environment: wanted.environment)
        }
    }

    /// The watcher is the side process and the program takes the shell's place, so the program keeps the process id
    /// that the parent knows: signals reach it directly and once, and its status is the child's status. The watcher
    /// shares its process group and ends with it (`ChildProcess` kills the rest of a group when its leader ends). `$$`
    /// in the watcher is the program; `kill 0` is the group, whose number stays taken while the watcher lives.
    private static let guardScript = """
        bound=$1; shift
        (
            trap '' HUP INT QUIT TERM USR1 USR2
            read -r _ <&3
            kill -TERM 0
            waited=0
            while [ $waited -lt $((bound * 10)) ] && kill -0 $$; do sleep 0.1; waited=$((waited + 1)); done
            kill -KILL 0
        ) </dev/null >/dev/null 2>&1 &
        exec "$@" 3<&-
        """
}
