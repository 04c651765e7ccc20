/// The answer to a control request that cannot be carried out: `{"error": text}`.
struct ControlRefusal: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }

    /// As Python's `repr` shows an exception.
    init(_ exception: String, _ message: String) { text = "\(exception)(\(WireValue.text(message).repr))" }
}

/// The arguments of one control request, read with the types that its method wants.
struct ControlArguments {
    let method: ControlMethod
    let values: WireObject

    /// Ids, names or stamps in one request at most.
    static let limit = 50_000

    /// What is neither missing nor null.
    subscript(name: String) -> WireValue? {
        guard let value = values[name], !value.isNull else { return nil }
        return value
    }

    /// Refuses a request without these arguments, in the words of Python.
    func require(_ names: String...) throws(ControlRefusal) {
        let missing = names.filter { values[$0] == nil }.map { "'\($0)'" }
        guard let last = missing.last else { return }
        let list = missing.count == 1 ? last : missing.dropLast().joined(separator: ", ") + " and " + last
        let plural = missing.count == 1 ? "argument" : "arguments"
        throw ControlRefusal(
            "TypeError", "\(method.rawValue)() missing \(missing.count) required positional \(plural): \(list)")
    }

    /// A text that must be there, of 1 to 255 bytes.
    func text(_ name: String) throws(ControlRefusal) -> String {
        try require(name)
        guard let text = self[name]?.string, (1...255).contains(text.utf8.count) else {
            throw wrong(name, "text of 1 to 255 characters")
        }
        return text
    }

    /// One text or a list of texts; nothing for null.
    func texts(_ name: String) throws(ControlRefusal) -> [String] {
        guard let value = self[name] else { return [] }
        guard let texts = Self.texts(value) else {
            throw wrong(name, "text or a list of at most \(Self.limit) texts")
        }
        return texts
    }

    static func texts(_ value: WireValue) -> [String]? {
        if let text = value.string { return [text] }
        guard let list = value.list, list.count <= limit else { return nil }
        let texts = list.compactMap(\.string)
        return texts.count == list.count ? texts : nil
    }

    /// A whole number, which may come as text.
    func int(_ name: String, in range: ClosedRange<Int>) throws(ControlRefusal) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.int ?? value.string.flatMap({ Int($0) }), range.contains(number) else {
            throw wrong(name, "a whole number of \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Seconds, which may come as text; nil for null.
    func seconds(_ name: String) throws(ControlRefusal) -> Double? {
        guard let value = self[name] else { return nil }
        guard let number = value.double ?? value.string.flatMap({ Double($0) }), number.isFinite, number >= 0 else {
            throw wrong(name, "a number of seconds, not negative")
        }
        return number
    }

    /// False where it is missing or null.
    func flag(_ name: String) throws(ControlRefusal) -> Bool {
        guard let value = self[name] else { return false }
        if case .bool(let flag) = value { return flag }
        guard let number = value.int, number == 0 || number == 1 else { throw wrong(name, "true or false") }
        return number == 1
    }

    private static let signals = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ABRT": 6, "KILL": 9, "USR1": 10, "USR2": 12, "ALRM": 14, "TERM": 15,
    ]

    /// The name and number of a signal; SIGTERM where none is named.
    func signal(_ name: String = "signal") throws(ControlRefusal) -> (name: String, number: Int) {
        guard let value = self[name] else { return ("SIGTERM", 15) }
        if let number = value.int, let known = Self.signals.first(where: { $0.value == number }) {
            return ("SIG" + known.key, number)
        }
        let short = (value.string ?? "").uppercased()
        let key = short.hasPrefix("SIG") ? String(short.dropFirst(3)) : short
        guard let number = Self.signals[key] else { throw wrong(name, "the name of a signal, such as SIGTERM") }
        return ("SIG" + key, number)
    }

    func wrong(_ name: String, _ wanted: String) -> ControlRefusal {
        let given = (values[name] ?? .null).repr(atMost: 100)
        return ControlRefusal("ValueError", "\(method.rawValue): '\(name)' must be \(wanted), not \(given)")
    }
}
