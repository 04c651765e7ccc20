import JobQueue

extension ScheduleFileReader {
    /// The arguments of each job of an entry have to be what its kind takes; with a fan-out, those of its entities too.
    mutating func checkArguments(of entry: ScheduleEntry, _ kind: KnownKind, _ fields: SourceFields) {
        guard let rules = kind.arguments else { return }
        var seen: Set<String> = []
        for (entity, mark) in samples(entry, fields) {
            let json = Array(entry.arguments(of: entity).utf8)
            for problem in rules.problems(in: json) where seen.insert(problem.message).inserted {
                let place = place(of: problem, rules, fields, entry.forEach.map { ($0.argument, mark) })
                report(place, "arguments of kind \(kind.name): " + problem.message + hint(problem, entry, kind))
            }
        }
    }

    /// Entities for which the arguments are tried, with where they stand: all that are listed, or one such as a source
    /// names.
    private func samples(_ entry: ScheduleEntry, _ fields: SourceFields) -> [(entity: String, mark: SourceMark)] {
        let mark = fields["for_each"]?.value.mark ?? fields.mark
        switch entry.forEach?.source {
        case nil: return [("", mark)]
        case .named(let name): return sources.filter { $0.name == name }.map { ($0.example, mark) }
        case .list(let names):
            guard case .sequence(let nodes)? = fields["for_each"]?.value.content, nodes.count == names.count else {
                return names.map { ($0, mark) }
            }
            return zip(names, nodes).map { ($0, $1.mark) }
        }
    }

    private func place(
        of problem: ArgumentProblem, _ rules: ArgumentRules, _ fields: SourceFields,
        _ entity: (argument: String, mark: SourceMark)?
    ) -> SourceMark {
        if let field = problem.field {
            if let entity, entity.argument == field { return entity.mark }
            if case .mapping(let pairs)? = fields["args"]?.value.content,
                let pair = pairs.first(where: { $0.key == field })
            {
                return rules.names.contains(field) ? pair.value.mark : pair.keyMark
            }
        }
        return fields["args"]?.keyMark ?? fields["job"]?.value.mark ?? fields.mark
    }

    /// An author that left out the one entity may have meant all.
    private func hint(_ problem: ArgumentProblem, _ entry: ScheduleEntry, _ kind: KnownKind) -> String {
        guard problem.field == nil, entry.forEach == nil, let argument = kind.entityArgument,
            problem.message.hasPrefix("'\(argument)' is missing"),
            let source = sources.first(where: { $0.argument == argument })
        else { return "" }
        return " Or give each \(source.noun) its own job with for_each: \(source.name)."
    }
}
