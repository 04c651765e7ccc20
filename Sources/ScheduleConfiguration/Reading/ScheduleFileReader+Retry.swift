import JobQueue

extension ScheduleFileReader {
    /// - Parameter defaults: what holds for the keys that are absent.
    mutating func retry(_ pair: SourceNode.Pair, insteadOf defaults: RetryPolicy = RetryPolicy()) -> RetryPolicy {
        var retry = defaults
        let keys = ["attempts", "backoff", "base", "max", "jitter", "errors"]
        guard let fields = fields(of: pair.value, owner: "retry", mark: pair.keyMark, allowed: keys) else {
            return retry
        }
        retry.attempts = fields["attempts"].flatMap { integer($0, RetryPolicy.attemptBounds) } ?? retry.attempts
        retry.backoff = word(fields, "backoff", default: retry.backoff)
        retry.jitter = word(fields, "jitter", default: retry.jitter ? JitterWord.full : .none) == .full
        retry.baseMilliseconds = duration(fields, "base") ?? retry.baseMilliseconds
        let longest = duration(fields, "max")
        retry.maxMilliseconds = longest ?? max(retry.maxMilliseconds, retry.baseMilliseconds)
        checkDelays(fields, base: retry.baseMilliseconds, max: longest)
        if let pair = fields["errors"] { retry.rules = errorRules(pair) }
        return retry
    }

    /// Which part of a delay is waited: between a tenth of it and the whole, or exactly the delay.
    private enum JitterWord: String, CaseIterable {
        case full, none
    }

    private mutating func checkDelays(_ fields: SourceFields, base: Int64?, max: Int64?) {
        guard let base, let max, max < base, let pair = fields["max"] else { return }
        report(
            pair.value.mark, "the longest delay (max) is shorter than the first (base). Use a max of at least base.")
    }

    /// Every failure is compared with all of them.
    private static let mostRules = 32

    private mutating func errorRules(_ pair: SourceNode.Pair) -> [ErrorRule] {
        guard case .sequence(let nodes) = pair.value.content else {
            report(
                pair.value.mark,
                "errors takes a list of rules, not \(pair.value.shown). "
                    + "Write for example [{ type: bad-arguments, never: true }].")
            return []
        }
        if nodes.count > Self.mostRules {
            report(
                pair.value.mark, "errors takes at most \(Self.mostRules) rules, not \(nodes.count). Join some of them.")
        }
        var rules: [ErrorRule] = []
        for node in nodes {
            guard let rule = errorRule(node) else { continue }
            if let earlier = rules.first(where: { $0.matchesAll(of: rule) }) {
                report(
                    node.mark,
                    "this rule is never reached: the one for \(earlier.shown) before it matches first. "
                        + "Put it before that one, or remove it.")
            }
            rules.append(rule)
        }
        return rules
    }

    private mutating func errorRule(_ node: SourceNode) -> ErrorRule? {
        guard case .mapping = node.content else {
            report(
                node.mark, "a rule takes a mapping, not \(node.shown). Write { type: no-such-bot, attempts: 1 }.")
            return nil
        }
        let keys = ["type", "message", "never", "attempts", "base", "max"]
        guard let fields = fields(of: node, owner: "a rule of errors", mark: node.mark, allowed: keys) else {
            return nil
        }
        var rule = ErrorRule(type: words(fields, "type"), message: words(fields, "message"))
        rule.never = truth(fields, "never", default: false)
        rule.attempts = fields["attempts"].flatMap { integer($0, RetryPolicy.attemptBounds) }
        rule.baseMilliseconds = duration(fields, "base")
        rule.maxMilliseconds = duration(fields, "max")
        if fields["type"] == nil, fields["message"] == nil {
            report(node.mark, "a rule of errors must say which: add type or message, for example type: no-such-bot.")
        }
        checkEffect(rule, fields, at: node.mark)
        return rule
    }

    /// An empty text would match every error.
    private mutating func words(_ fields: SourceFields, _ key: String) -> String? {
        guard let pair = fields[key], let text = text(pair, for: "a text") else { return nil }
        if text.isEmpty || text.unicodeScalars.count > 200 {
            report(pair.value.mark, "\(key) takes 1 to 200 characters of an error's \(key). Write for example "
                + (key == "type" ? "type: no-such-bot." : "message: \"timed out\"."))
        }
        return text
    }

    private mutating func checkEffect(_ rule: ErrorRule, _ fields: SourceFields, at mark: SourceMark) {
        let others = ["attempts", "base", "max"].compactMap { fields[$0] }
        if rule.never {
            for pair in others {
                report(pair.keyMark, "\(pair.key) has no effect beside never: true. Remove one of the two.")
            }
        } else if others.isEmpty {
            report(mark, "a rule of errors must say what to do: add never: true, attempts, base or max.")
        }
        checkDelays(fields, base: rule.baseMilliseconds, max: rule.maxMilliseconds)
    }
}

extension ErrorRule {
    /// Whether each error that the other rule matches is matched by this one.
    fileprivate func matchesAll(of other: ErrorRule) -> Bool {
        guard type != nil || message != nil else { return false }
        let coversType = type == nil || type == other.type
        let coversMessage = message.map { part in other.message?.contains(part) ?? false } ?? true
        return coversType && coversMessage
    }

    fileprivate var shown: String {
        [type.map { "type \($0.shortened)" }, message.map { "message '\($0.shortened)'" }]
            .compactMap(\.self).joined(separator: " and ")
    }
}
