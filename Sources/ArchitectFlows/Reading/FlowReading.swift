import Core
import YAML

/// What is known of a flow file while it is read, and everything found wrong with it. Used by one task only.
final class FlowReading {
  let file: String
  let kind: FlowKind
  let catalogue: DataActionCatalogue
  /// The other flows of the folder, among which a bot flow is looked for.
  let neighbours: [(name: String, text: String)]
  var scope: Scope
  private let document: YAMLDocument
  private let substitution: Substitution
  private(set) var problems: [FlowProblem] = []
  /// The `refId`s of the flow's containers, by the word before the bracket: menu, task, state.
  private(set) var references: [String: [String]] = [:]
  /// Variables that are secure because a secure data action fills them.
  private(set) var secureKeys: Set<String> = []
  /// What a bot understands, by the lower-case name of the slot.
  var slots: [String: SlotType] = [:]

  init(
    file: String, kind: FlowKind, document: YAMLDocument, substitution: Substitution, catalogue: DataActionCatalogue,
    neighbours: [(name: String, text: String)]
  ) {
    self.file = file
    self.kind = kind
    self.document = document
    self.substitution = substitution
    self.catalogue = catalogue
    self.neighbours = neighbours
    scope = Scope.builtIn(of: kind)
  }

  /// Problems of another file that this one needs.
  func adopt(_ others: [FlowProblem]) { problems += others.filter { !problems.contains($0) } }

  func report(_ message: String, at position: YAMLPosition) {
    problems.append(FlowProblem(file: file, position: originalPosition(of: position), message: message))
  }

  func originalPosition(of position: YAMLPosition) -> YAMLPosition { substitution.originalPosition(of: position) }

  func declareReference(_ reference: String, kind: String) {
    references[kind, default: []].append(reference)
  }

  func markSecure(_ variable: String) {
    secureKeys.insert(variable.lowercased())
    scope.markSecure(variable)
  }

  // MARK: - Expressions

  func expression(_ node: YAMLNode, as wanted: FlowType, named name: String) -> Expression? {
    guard let text = node.string else {
      report("\"\(name)\": an expression is a text, not \(node.kindName)", at: node.position)
      return nil
    }
    let (expression, problems) = ExpressionCompiler.compile(text, in: scope)
    for problem in problems {
      report(problem.message, at: document.position(of: problem.offset, in: node))
    }
    guard let expression else { return nil }
    guard wanted.accepts(expression.type) else {
      report(
        "\"\(name)\" needs \(wanted.withArticle), but the expression gives \(expression.type.withArticle).",
        at: node.position)
      return nil
    }
    return expression
  }

  // MARK: - References

  /// Reads `/inboundCall/tasks/task[Name_12]` or `./menus/menu[main]`.
  func target(_ node: YAMLNode, allowed: [String]) -> FlowTarget? {
    guard let text = node.string, let open = text.lastIndex(of: "["), text.hasSuffix("]") else {
      report("a reference looks like \"./tasks/task[refId]\"", at: node.position)
      return nil
    }
    let path = text[..<open].split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." && $0 != ".." }
    let reference = String(text[text.index(after: open)...].dropLast())
    guard let word = path.last.map(String.init), allowed.contains(word) else {
      report("\"\(text)\" must name a \(allowed.joined(separator: " or a "))", at: node.position)
      return nil
    }
    if text.hasPrefix("/"), let root = path.first, root != kind.rawValue {
      report("\"\(text)\" begins with \"\(root)\", but this flow is an \"\(kind.rawValue)\"", at: node.position)
      return nil
    }
    let known = references[word] ?? []
    guard known.contains(reference) else {
      let hint = nearestNameHint(for: reference, among: known)
      report("there is no \(word) with the refId \"\(reference)\".\(hint)", at: node.position)
      return nil
    }
    switch word {
    case "menu": return .menu(reference)
    case "task": return .task(reference)
    default: return .state(reference)
    }
  }

  // MARK: - Actions

  /// Reads an `actions` list. Each item is a mapping with one key, the kind of the action.
  func actions(_ node: YAMLNode?) -> ActionList {
    guard let node, !node.isNull else { return [] }
    guard let items = node.items else {
      report("\"actions\" is a list, not \(node.kindName)", at: node.position)
      return []
    }
    return items.compactMap(action)
  }

  private func action(_ item: YAMLNode) -> PlacedAction? {
    guard let entries = item.entries, entries.count == 1, let entry = entries.first else {
      report("an action is a mapping with one key, the kind of the action", at: item.position)
      return nil
    }
    let kind = entry.key
    let settings = Settings(kind: kind, node: entry.value, position: entry.keyNode.position, reading: self)
    guard let type = knownActions[kind] else {
      let hint = nearestNameHint(for: kind, among: knownActions.keys.sorted())
      report(
        "action \"\(kind)\" is not known to the runner (see docs/reference/flows.md).\(hint)",
        at: entry.keyNode.position)
      return nil
    }
    settings.checkIsMapping()
    let name = settings.node["name"]?.string ?? kind
    return PlacedAction(
      kind: kind, name: name, position: originalPosition(of: entry.keyNode.position), action: type.init(settings))
  }
}
