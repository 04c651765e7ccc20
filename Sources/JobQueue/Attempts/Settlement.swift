/// How a job is settled after an attempt.
public enum Settlement: Sendable {
    case acknowledge(JobOutput)
    case park(Gate, because: String)
    case retry(at: Int64, JobFailure)
    case postpone(until: Int64, because: String)
    case deadLetter(JobFailure)
    case cancel
    case expire
}
