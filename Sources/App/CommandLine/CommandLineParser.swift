import Core

/// Turns `argv` into a verb and its options. Options may stand anywhere; `--name value` and `--name=value` are the same;
/// what follows `--` is positional.
struct CommandLineParser {
  let verbs: [Verb]

  enum Parsed {
    case run(Verb, arguments: [String], options: [String: [String]])
    /// `help`, `help VERB`, `VERB --help` or nothing at all.
    case help(Verb?)
  }

  /// - Throws: `CommandFailure` with `usage`.
  func parse(_ words: [String]) throws(CommandFailure) -> Parsed {
    guard let first = words.first else { return .help(nil) }
    if ["help", "--help", "-h"].contains(first) { return try help(Array(words.dropFirst())) }
    if first == "--version" { return try parse(["version"] + words.dropFirst()) }
    let (verb, rest) = try verb(named: words)
    var arguments: [String] = []
    var options: [String: [String]] = [:]
    var queue = rest[...]
    while let word = queue.popFirst() {
      if word == "--" {
        arguments += queue
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        arguments.append(word)
        continue
      }
      let (option, inlineValue) = try option(word, of: verb)
      guard option.value != nil else {
        if inlineValue != nil { throw usage(verb, "--\(option.name) takes no value.") }
        options[option.name, default: []].append("")
        continue
      }
      guard let value = inlineValue ?? queue.popFirst() else {
        throw usage(verb, "--\(option.name) needs a value: \(option.value ?? "").")
      }
      if options[option.name] != nil, !option.repeats { throw usage(verb, "--\(option.name) is given twice.") }
      options[option.name, default: []].append(value)
    }
    if options["help"] != nil { return .help(verb) }
    if arguments.count < verb.leastArguments {
      throw usage(verb, "\(verb.arguments[arguments.count]) is missing.")
    }
    if arguments.count > verb.arguments.count, !verb.repeatsLastArgument {
      throw usage(verb, "\"\(arguments[verb.arguments.count])\" is one argument too many.")
    }
    return .run(verb, arguments: arguments, options: options)
  }

  private func help(_ words: [String]) throws(CommandFailure) -> Parsed {
    let names = words.filter { !$0.hasPrefix("-") }
    if names.isEmpty { return .help(nil) }
    return .help(try verb(named: names).verb)
  }

  private func verb(named words: [String]) throws(CommandFailure) -> (verb: Verb, rest: [String]) {
    for length in [2, 1] where words.count >= length {
      let name = words.prefix(length).joined(separator: " ")
      if let verb = verbs.first(where: { $0.name == name }) { return (verb, Array(words.dropFirst(length))) }
    }
    let group = verbs.filter { $0.name.hasPrefix(words[0] + " ") }.map(\.name)
    if !group.isEmpty {
      throw CommandFailure(.usage, "\"\(words[0])\" needs a second word: \(group.joined(separator: ", ")).")
    }
    let guess = nearestName(to: words[0], among: verbs.map(\.name))
    throw CommandFailure(
      .usage, "Unknown command \"\(words[0])\"." + (guess.map { " Did you mean \"\($0)\"?" } ?? ""),
      "`ringback help` lists all that there are.")
  }

  private func option(_ word: String, of verb: Verb) throws(CommandFailure) -> (Verb.Option, value: String?) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0].drop { $0 == "-" })
    let known = verb.options + Verb.commonOptions
    guard word.hasPrefix("--") || word == "-h",
      let option = known.first(where: { $0.name == (name == "h" ? "help" : name) })
    else {
      let guess = nearestName(to: name, among: known.map(\.name))
      throw usage(verb, "Unknown option \"\(parts[0])\"." + (guess.map { " Did you mean \"--\($0)\"?" } ?? ""))
    }
    return (option, parts.count == 2 ? String(parts[1]) : nil)
  }

  private func usage(_ verb: Verb, _ line: String) -> CommandFailure {
    CommandFailure(.usage, line, "`ringback help \(verb.name)` shows what it takes.")
  }
}
