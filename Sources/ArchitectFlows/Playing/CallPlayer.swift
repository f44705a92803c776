import Core
import FoundationEssentials
import YAML

/// A flow that has been found fit to be played, together with its data actions.
package struct CallPlayer: Sendable {
  private let flow: FlowDefinition
  private let values: [String: FlowValue]

  /// The flow's own name, such as "Order status".
  package var name: String { flow.name }
  /// Whether the customer writes instead of pressing keys.
  package var isWritten: Bool { flow.kind == .inboundShortMessage || flow.kind == .botFlow }

  /// Reads a flow from disk.
  ///
  /// - Parameters:
  ///   - dataActions: the folder of exports. Without it, `data-actions` beside the flow's folder or inside it is taken.
  ///   - values: what `{{name}}` in the file stands for, and what variables hold at the start (`Flow.language`).
  /// - Throws: `FlowProblems` with everything that the runner will not take. No request has been made then.
  package init(flowFile: String, dataActions: String? = nil, values: [String: String] = [:]) throws(FlowProblems) {
    guard let text = Self.text(of: flowFile) else {
      throw FlowProblems([
        FlowProblem(
          file: flowFile, position: YAMLPosition(line: 1, column: 1),
          message: "there is no such file, it is empty, or it is no text in UTF-8.")
      ])
    }
    let folder = dataActions ?? Self.defaultFolder(beside: flowFile)
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".json") }
    let files = names.sorted().map { (name: "\(folder)/\($0)", text: Self.text(of: "\(folder)/\($0)") ?? "") }
    try self.init(
      flow: (flowFile, text), dataActions: files, folder: folder, neighbours: Self.neighbours(of: flowFile),
      values: values)
  }

  /// Reads a flow whose texts are at hand.
  package init(
    flow: (name: String, text: String), dataActions: [(name: String, text: String)], folder: String = "data-actions",
    neighbours: [(name: String, text: String)] = [], values: [String: String] = [:]
  ) throws(FlowProblems) {
    let catalogue = DataActionCatalogue(folder: folder, files: dataActions)
    let (definition, problems, used) = FlowReader.read(
      file: flow.name, text: flow.text, values: values, catalogue: catalogue, neighbours: neighbours)
    guard let definition, catalogue.problems.isEmpty, problems.isEmpty else {
      throw FlowProblems(catalogue.problems + problems)
    }
    var initial: [String: FlowValue] = [:]
    var unknown: [FlowProblem] = []
    for (name, text) in values where !used.contains(name) {
      do throws(FlowFault) {
        guard let declaration = definition.declaration(of: name) else {
          throw FlowFault(
            "nothing in the flow is called \"\(name)\".\(nearestNameHint(for: name, among: definition.scope.names))")
        }
        initial[declaration.key] = try FlowValue.given(text, for: declaration)
      } catch {
        unknown.append(
          FlowProblem(
            file: flow.name, position: YAMLPosition(line: 1, column: 1), message: "--var \(name): \(error.reason)"))
      }
    }
    guard unknown.isEmpty else { throw FlowProblems(unknown) }
    self.flow = definition
    self.values = initial
  }

  /// Plays one call to its end.
  ///
  /// - Parameter onEvent: called for everything that happens, in order.
  package func play(
    _ options: CallOptions, terminal: any CallTerminal, dataActions: DataActionRunner, time: any TimeSource,
    onEvent: @escaping @Sendable (CallEvent) -> Void
  ) async -> CallOutcome {
    await Call(
      flow: flow, options: options, values: values, terminal: terminal, dataActions: dataActions, time: time,
      onEvent: onEvent
    ).play()
  }

  // MARK: - Files

  static func text(of file: String) -> String? {
    FileManager.default.contents(atPath: file).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The other flows of the folder.
  private static func neighbours(of flowFile: String) -> [(name: String, text: String)] {
    let parts = flowFile.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
    return names.sorted().map { "\(folder)/\($0)" }.filter { $0 != flowFile }.map { ($0, text(of: $0) ?? "") }
  }

  private static func defaultFolder(beside flowFile: String) -> String {
    let parts = flowFile.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    let candidates = ["\(folder)/../data-actions", "\(folder)/data-actions"]
    return candidates.first { FileManager.default.fileExists(atPath: $0) } ?? folder
  }
}

extension FlowDefinition {
  /// A variable of the flow or a built-in one; those of tasks begin anew each time and cannot be set.
  fileprivate func declaration(of name: String) -> VariableDeclaration? { scope[name] }
}

extension FlowValue {
  /// What a person wrote on the command line for a variable.
  fileprivate static func given(_ text: String, for declaration: VariableDeclaration) throws(FlowFault) -> FlowValue {
    let value: FlowValue?
    switch declaration.type {
    case .integer: value = Int64(text).map(FlowValue.integer)
    case .decimal: value = Decimal(string: text).map(FlowValue.decimal)
    case .boolean: value = YAMLNode.yesOrNo(text).map(FlowValue.boolean)
    case .json: value = (try? JSONValue(parsing: text)).map(FlowValue.json)
    case .dateTime: value = Timestamp(text).map(FlowValue.dateTime)
    case .duration: value = Int64(text).map { .duration(.seconds($0)) }
    default: value = try FlowValue.string(text).converted(to: declaration.type)
    }
    guard let value else { throw FlowFault("the value is no \(declaration.type)") }
    return value
  }
}
