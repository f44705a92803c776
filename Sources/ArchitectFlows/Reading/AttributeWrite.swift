import YAML

/// One attribute that a flow writes into participant data.
package struct AttributeWrite: Sendable, Hashable {
  /// As the caller named the file.
  package let file: String
  package let position: YAMLPosition
  /// Nil where it is made up while the flow runs.
  package let name: String?
  /// Nil where it is made up while the flow runs.
  package let value: String?
  /// A secure variable that the value is made of: one that is marked so, or that a statement sets from such a one. What
  /// a secure data action answers does not count: it is marked for what it sends, and may answer an opaque id.
  package let secureVariable: String?

  /// All that a flow file writes, in the order of its lines. Takes every flow that is YAML: actions that the runner does
  /// not know are looked into like others.
  ///
  /// - Parameter values: what `{{name}}` in the file stands for, as far as it is known.
  /// - Throws: `FlowProblems` for a file that cannot be read or is no YAML.
  package static func all(
    inFlow flowFile: String, values: [String: String] = [:]
  ) throws(FlowProblems) -> [AttributeWrite] {
    guard let text = CallPlayer.text(of: flowFile) else {
      throw FlowProblems([
        FlowProblem(
          file: flowFile, position: YAMLPosition(line: 1, column: 1),
          message: "there is no such file, it is empty, or it is no text in UTF-8.")
      ])
    }
    return try all(inFlow: (flowFile, text), values: values)
  }

  static func all(
    inFlow flow: (name: String, text: String), values: [String: String] = [:]
  ) throws(FlowProblems) -> [AttributeWrite] {
    // In place of a substitution that is not known stands a name that no list has.
    let unknown = Substitution(flow.text, values: values).missing.map { ($0.name, "substitution-\($0.name)") }
    let substitution = Substitution(flow.text, values: values.merging(unknown) { given, _ in given })
    do throws(YAMLError) {
      let document = try YAMLDocument(parsing: substitution.text)
      let walk = AttributeWalk(file: flow.name, root: document.root)
      return walk.writes { substitution.originalPosition(of: $0) }
    } catch {
      let position = substitution.originalPosition(of: error.position)
      throw FlowProblems([FlowProblem(file: flow.name, position: position, message: error.reason)])
    }
  }
}

/// Looks for what a flow writes by the shape of its YAML alone.
private struct AttributeWalk {
  let file: String
  let root: YAMLNode

  func writes(place: (YAMLPosition) -> YAMLPosition) -> [AttributeWrite] {
    let secure = secureVariables()
    return root.values(of: "setParticipantData").flatMap { $0["attributes"]?.items ?? [] }.compactMap { item in
      guard let attribute = item["attribute"], let name = attribute["name"] else { return nil }
      let variables = attribute["value"].map(Self.variables) ?? []
      return AttributeWrite(
        file: file, position: place(name.entries?.first?.value.position ?? name.position), name: Self.literal(name),
        value: attribute["value"].flatMap(Self.literal),
        secureVariable: variables.first { Self.isSecure($0, secure) })
    }
  }

  // MARK: - Secure variables

  /// In lower case: Architect compares names without regard to case.
  private func secureVariables() -> Set<String> {
    var secure = Set(declared())
    let assignments = root.values(of: "updateData").flatMap { $0["statements"]?.items ?? [] }.compactMap { item in
      item.entries?.first.flatMap { entry in
        entry.value["variable"]?.string.map { ($0.lowercased(), entry.value["value"].map(Self.variables) ?? []) }
      }
    }
    var hasGrown = true
    while hasGrown {
      let more = assignments.filter { target, sources in
        !secure.contains(target) && sources.contains { Self.isSecure($0, secure) }
      }
      secure.formUnion(more.map(\.0))
      hasGrown = !more.isEmpty
    }
    return secure
  }

  private func declared() -> [String] {
    root.entries { $0.key.hasSuffix("Variable") }.compactMap { entry in
      let isMarked = ["isSecure", "secure"].contains { entry.value[$0]?.yesOrNo == true }
      return isMarked ? entry.value["name"]?.string?.lowercased() : nil
    }
  }

  /// Whether a name, with what is asked of it, such as `flow.customer.phone`, is that of a secure variable.
  private static func isSecure(_ name: String, _ secure: Set<String>) -> Bool {
    let name = name.lowercased()
    return name.hasPrefix("secure.") || secure.contains(name) || secure.contains { name.hasPrefix($0 + ".") }
  }

  // MARK: - Values

  /// `{lit: x}`, and `{exp: '"x"'}`, which says the same.
  private static func literal(_ node: YAMLNode) -> String? {
    if let text = node["lit"]?.string { return text }
    guard let tokens = tokens(node), tokens.count == 2, case .string(let text) = tokens[0].kind else { return nil }
    return text
  }

  /// The names of an expression, such as `Flow.code`.
  private static func variables(_ node: YAMLNode) -> [String] {
    var names: [String] = []
    var isContinued = false
    for token in tokens(node) ?? [] {
      switch token.kind {
      case .name(let word) where isContinued: names[names.count - 1] += "." + word
      case .name(let word): names.append(word)
      default: break
      }
      isContinued = token.kind == .symbol(".") && !names.isEmpty
    }
    return names
  }

  private static func tokens(_ node: YAMLNode) -> [ExpressionToken]? {
    node["exp"]?.string.flatMap { try? ExpressionLexer.tokens(of: $0) }
  }
}

extension YAMLNode {
  /// What stands under a key, at any depth, in the order of the text.
  fileprivate func values(of key: String) -> [YAMLNode] { entries { $0.key == key }.map(\.value) }

  fileprivate func entries(where isWanted: (Entry) -> Bool) -> [Entry] {
    if let items { return items.flatMap { $0.entries(where: isWanted) } }
    return (entries ?? []).flatMap { entry in
      (isWanted(entry) ? [entry] : []) + entry.value.entries(where: isWanted)
    }
  }
}
