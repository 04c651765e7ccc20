/// In which order the queues of a pool are asked for jobs.
public enum ServingOrder: Sendable, Equatable {
    /// Round robin: each round begins with the next queue.
    case turns
    /// Strict priority in the order of the plan: a later queue gets the slots that earlier ones leave free.
    case strict
    /// Jobs are taken in proportion to the weights, 1 or more; a queue without one has weight 1.
    case weighted([QueueName: Int])
}
