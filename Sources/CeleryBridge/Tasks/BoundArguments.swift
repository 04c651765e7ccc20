/// The arguments of one call by name, read as what the task needs. Celery does not check types, so a wrong one fails
/// the call here with a `TypeError` that names the argument.
package struct BoundArguments: Sendable {
    private let function: String
    private let values: WireObject

    /// Binds the arguments of a call.
    /// - Throws: a `TypeError` for arguments that do not fit the parameters.
    package init(_ call: TaskCall, _ parameters: [CallBinding.Parameter]) throws(TaskFailure) {
        let binding = CallBinding(task: call.task, parameters)
        function = binding.function
        values = try binding.bind(call.args, call.kwargs)
    }

    /// As it was given; null for an argument that is left out.
    package subscript(name: String) -> WireValue { values[name] ?? .null }

    /// A text; nil for null.
    package func text(_ name: String) throws(TaskFailure) -> String? {
        try read(name, "a text such as 'BTC-USD'") { $0.string }
    }

    /// A whole number; nil for null.
    package func int(_ name: String) throws(TaskFailure) -> Int? { try read(name, "a whole number") { $0.int } }

    /// A finite number; nil for null.
    package func number(_ name: String) throws(TaskFailure) -> Double? {
        try read(name, "a number") { value in value.double.flatMap { $0.isFinite ? $0 : nil } }
    }

    /// A list of texts; one text counts as a list of one. Nil for null.
    package func texts(_ name: String) throws(TaskFailure) -> [String]? {
        try read(name, "a list of texts such as ['BTC-USD']") { value in
            if let one = value.string { return [one] }
            guard let list = value.list else { return nil }
            let texts = list.compactMap(\.string)
            return texts.count == list.count ? texts : nil
        }
    }

    /// - Throws: a `TypeError` when a required argument is null.
    package func needed<Value>(_ name: String, _ value: Value?) throws(TaskFailure) -> Value {
        guard let value else { throw error(name, "is None. Give a value.") }
        return value
    }

    private func read<Value>(
        _ name: String, _ wanted: String, _ convert: (WireValue) -> Value?
    ) throws(TaskFailure) -> Value? {
        let value = self[name]
        if value == .null { return nil }
        guard let converted = convert(value) else { throw error(name, "is not \(wanted).") }
        return converted
    }

    private func error(_ name: String, _ sentence: String) -> TaskFailure {
        TaskFailure("TypeError", [.text("\(function)() argument '\(name)' \(sentence)")])
    }
}
