/// Binds the arguments of a call to the parameters of a task, as Python does for `def name(parameters)`.
package struct CallBinding: Sendable, Equatable {
    /// One parameter, which may be given by its position or by its name.
    package struct Parameter: Sendable, Equatable {
        /// What counts where a call does not give it.
        package enum Absence: Sendable, Equatable {
            /// The call fails.
            case fails
            /// This value counts.
            case means(WireValue)
            /// It is left out of the arguments; the reader of the arguments has its own default.
            case leavesOut
        }

        /// The name of the parameter.
        package var name: String
        /// What counts where a call does not give it.
        package var absence: Absence

        /// A parameter that every call gives.
        package static func required(_ name: String) -> Parameter { Parameter(name: name, absence: .fails) }

        /// A parameter with a default.
        package static func optional(_ name: String, _ value: WireValue) -> Parameter {
            Parameter(name: name, absence: .means(value))
        }

        /// A parameter that may be left out.
        package static func free(_ name: String) -> Parameter { Parameter(name: name, absence: .leavesOut) }
    }

    /// The name of the function in error sentences, without its module.
    package let function: String
    /// In the order of positional arguments.
    package let parameters: [Parameter]

    /// - Parameter task: the registered name; the part after its last dot is the function's name.
    package init(task: String, _ parameters: [Parameter]) {
        function = task.split(separator: ".").last.map(String.init) ?? task
        self.parameters = parameters
    }

    /// The arguments by name, in the order of the parameters.
    /// - Throws: a `TypeError` with the sentence of CPython for arguments that do not fit.
    package func bind(_ args: [WireValue], _ kwargs: WireObject) throws(TaskFailure) -> WireObject {
        var given: [String: WireValue] = [:]
        for (parameter, value) in zip(parameters, args) { given[parameter.name] = value }
        for (name, value) in kwargs.members {
            guard parameters.contains(where: { $0.name == name }) else {
                throw error("got an unexpected keyword argument '\(name)'")
            }
            guard given.updateValue(value, forKey: name) == nil else {
                throw error("got multiple values for argument '\(name)'")
            }
        }
        guard args.count <= parameters.count else { throw tooMany(args.count) }
        var bound = WireObject()
        var missing: [String] = []
        for parameter in parameters {
            switch (given[parameter.name], parameter.absence) {
            case (let value?, _): bound[parameter.name] = value
            case (nil, .means(let value)): bound[parameter.name] = value
            case (nil, .leavesOut): continue
            case (nil, .fails): missing.append("'\(parameter.name)'")
            }
        }
        guard missing.isEmpty else {
            let noun = missing.count == 1 ? "argument" : "arguments"
            throw error("missing \(missing.count) required positional \(noun): \(Self.list(missing))")
        }
        return bound
    }

    private func tooMany(_ count: Int) -> TaskFailure {
        let least = parameters.count { $0.absence == .fails }
        let most = parameters.count
        let takes = least == most ? "\(most)" : "from \(least) to \(most)"
        return error(
            "takes \(takes) positional argument\(most == 1 && least == most ? "" : "s") but \(count) "
                + "\(count == 1 ? "was" : "were") given")
    }

    private func error(_ sentence: String) -> TaskFailure {
        TaskFailure("TypeError", [.text("\(function)() \(sentence)")])
    }

    private static func list(_ names: [String]) -> String {
        switch names.count {
        case 0...2: names.joined(separator: " and ")
        default: names.dropLast().joined(separator: ", ") + ", and \(names.last ?? "")"
        }
    }
}
