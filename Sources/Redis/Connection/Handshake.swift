/// What is said first on every connection, and what the answers mean. Pure.
struct Handshake {
    private enum Step {
        case authenticate, select, name, ping
    }

    let commands: [RedisCommand]
    private let steps: [Step]
    private let address: RedisAddress

    init(address: RedisAddress, clientName: String) {
        var steps: [(Step, RedisCommand)] = []
        if let password = address.password {
            let user = address.user.map { [RedisWord($0)] } ?? []
            steps.append((.authenticate, RedisCommand(["AUTH"] + user + [RedisWord(password)])))
        }
        if address.database != 0 { steps.append((.select, ["SELECT", .integer(address.database)])) }
        if !clientName.isEmpty { steps.append((.name, ["CLIENT", "SETNAME", .text(clientName)])) }
        // Tells at once when a password is missing or the data is still being loaded.
        steps.append((.ping, ["PING"]))
        self.steps = steps.map(\.0)
        commands = steps.map(\.1)
        self.address = address
    }

    /// Why the connection cannot be used, if so.
    func problem(in replies: [RedisValue]) -> RedisError? {
        for (step, reply) in zip(steps, replies) {
            guard case .error(let message) = reply else { continue }
            let error = RedisError(reply: message, at: address)
            switch step {
            case .authenticate:
                // "ERR AUTH <password> called without any password configured" means a wrong password to us, too.
                return message.hasPrefix("ERR AUTH") ? .wrongPassword(address) : error
            case .select: return error
            case .name: continue
            case .ping:
                switch error {
                // A user may lack the right to PING and still have all that the fleet needs.
                case .noPermission: continue
                // Redis refuses PING, like writes, while its disk is full; everything that reads works.
                case .notPersisting: continue
                default: return error
                }
            }
        }
        return nil
    }

    /// An answer worth a log line although the connection can be used.
    func remark(in replies: [RedisValue]) -> String? {
        for (step, reply) in zip(steps, replies) {
            if step == .name, case .error(let message) = reply { return message }
        }
        return nil
    }
}
