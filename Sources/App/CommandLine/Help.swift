/// The pages of `ringback help`, made from the verbs themselves.
struct Help {
  let verbs: [Verb]

  func page(for verb: Verb?) -> String {
    verb.map(page) ?? overview
  }

  private var overview: String {
    let width = verbs.map(\.name.count).max() ?? 0
    let rows = verbs.map { "  \($0.name.padding(to: width))   \($0.summary)" }
    return """
      Ringback: the commerce server for contact centres.

      Usage: ringback COMMAND [OPTIONS]

      \(rows.joined(separator: "\n"))

      `ringback help COMMAND` shows what a command takes. Try `ringback serve --dev`.
      """
  }

  private func page(_ verb: Verb) -> String {
    let options = verb.options + Verb.commonOptions
    let labels = options.map { "--\($0.name)" + ($0.value.map { " \($0)" } ?? "") }
    let width = labels.map(\.count).max() ?? 0
    let rows = zip(labels, options).map { "  \($0.padding(to: width))   \($1.summary)" }
    let usage = (["ringback", verb.name] + verb.arguments + ["[OPTIONS]"]).joined(separator: " ")
    let details = verb.details.isEmpty ? "" : "\n\n" + verb.details
    return """
      \(verb.summary)

      Usage: \(usage)\(details)

      \(rows.joined(separator: "\n"))
      """
  }
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
