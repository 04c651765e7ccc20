/// A job that proves liveness by progress: it travels through its queue as any other job of ordinary priority, and the
/// worker that takes it only settles it. Every worker knows it.
///
/// It proves that the queue is taken from and that results are written, behind the jobs that came before it. It proves
/// nothing of the exchange: it makes no call, and gives its tokens back. It is in no count of jobs, and leaves no
/// record.
public enum Canary {
    /// The kind of every canary.
    public static let kind = JobKind(unchecked: "flotilla.canary")
    /// Intervals without a settled canary, and a few seconds more, after which the queue does not go on.
    public static let patience: Int64 = 3
    static let graceMilliseconds: Int64 = 10_000

    /// How long a queue may go without one, milliseconds.
    public static func limit(every interval: Duration) -> Int64 { patience * interval.milliseconds + graceMilliseconds }
}
