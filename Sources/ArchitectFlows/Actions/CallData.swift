import Core
import YAML

/// `callData` and `callDataSecure`: a data action with its three ways out.
struct CallData: FlowAction {
  private struct Binding {
    let output: String
    let variable: VariableDeclaration
  }

  private var action: DataAction?
  private var authentication: DataAction?
  private var inputs: [(field: ContractField, value: ValueSource)] = []
  private var successOutputs: [Binding] = []
  private var failureOutputs: [Binding] = []
  private let timeout: ValueSource
  private let success: ActionList
  private let failure: ActionList
  private let timedOut: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling(["category", "timeout", "processingPrompt"])
    settings.checkOutputs(["success", "failure", "timeout"])
    timeout = settings.value("timeout", as: .duration, isRequired: false)
    (success, failure, timedOut) = (settings.output("success"), settings.output("failure"), settings.output("timeout"))
    guard let category = settings.node["category"]?.entries?.first,
      let entry = category.value["dataAction"]?.entries?.first
    else {
      settings.reading.report(
        "action \"\(settings.kind)\" needs category: {CATEGORY: {dataAction: {NAME: {inputs: …}}}}",
        at: settings.position)
      return
    }
    let catalogue = settings.reading.catalogue
    guard let action = catalogue.action(named: entry.key, category: category.key) else {
      let hint = nearestNameHint(for: entry.key, among: catalogue.names)
      settings.reading.report(
        "data action \"\(entry.key)\" of \"\(category.key)\" is not among the exports in \(catalogue.folder).\(hint)",
        at: entry.keyNode.position)
      return
    }
    if action.usesAuthentication {
      authentication = catalogue.authentication(for: action)
      if authentication == nil {
        settings.reading.report(
          "data action \"\(entry.key)\" uses authResponse, but no custom authentication action is among the exports in \(catalogue.folder).",
          at: entry.keyNode.position)
      }
    }
    if settings.kind == "callDataSecure", !action.isSecure {
      settings.reading.report(
        "callDataSecure needs a data action marked secure; \"\(entry.key)\" is not.", at: entry.keyNode.position)
    }
    self.action = action
    readInputs(entry, action, settings)
    readOutputs(entry, action, settings)
  }

  private mutating func readInputs(_ entry: YAMLNode.Entry, _ action: DataAction, _ settings: Settings) {
    let given = entry.value["inputs"]?.entries ?? []
    for input in given {
      guard let field = action.inputs.first(where: { $0.name == input.key }) else {
        let hint = nearestNameHint(for: input.key, among: action.inputs.map(\.name))
        settings.reading.report(
          "data action \"\(action.name)\" has no input \"\(input.key)\".\(hint)", at: input.keyNode.position)
        continue
      }
      inputs.append((field, settings.value(input.value, named: input.key, as: field.type)))
    }
    for field in action.inputs where field.isRequired && field.defaultValue == nil {
      guard !given.contains(where: { $0.key == field.name && $0.value["noValue"] == nil }) else { continue }
      settings.reading.report(
        "data action \"\(action.name)\" needs the input \"\(field.name)\".", at: entry.keyNode.position)
    }
  }

  private mutating func readOutputs(_ entry: YAMLNode.Entry, _ action: DataAction, _ settings: Settings) {
    for output in entry.value["successOutputs"]?.entries ?? [] {
      guard let field = action.outputs.first(where: { $0.name == output.key }) else {
        let hint = nearestNameHint(for: output.key, among: action.outputs.map(\.name))
        settings.reading.report(
          "data action \"\(action.name)\" has no output \"\(output.key)\".\(hint)", at: output.keyNode.position)
        continue
      }
      guard let variable = settings.variable(output.value, named: output.key, receives: field.type) else { continue }
      if action.isSecure { settings.reading.markSecure(variable.name) }
      successOutputs.append(Binding(output: output.key, variable: variable))
    }
    for output in entry.value["failureOutputs"]?.entries ?? [] {
      guard let type = DataActionFailureOutput.type(of: output.key) else {
        let hint = nearestNameHint(for: output.key, among: DataActionFailureOutput.types.map(\.key))
        settings.reading.report(
          "data actions have no failure output \"\(output.key)\".\(hint)", at: output.keyNode.position)
        continue
      }
      guard let variable = settings.variable(output.value, named: output.key, receives: type) else { continue }
      failureOutputs.append(Binding(output: output.key, variable: variable))
    }
  }

  func run(in call: Call) async throws -> Step {
    guard let action else { return .next }
    var json = JSONValue.object([])
    var secrets: Set<String> = []
    for (field, source) in inputs {
      let (value, isSecret) = try call.value(source)
      if isSecret { secrets.insert(field.path.first?.lowercased() ?? "") }
      let converted = try value.converted(to: field.type)
      if converted.isSet { json.insert(converted.json, at: field.path) }
    }
    let limit = try call.duration(timeout) ?? call.duration(call.flow.defaults.dataTimeout) ?? .seconds(60)
    let result = await call.dataActions.run(
      DataActionRunner.Invocation(
        action: action, authentication: authentication, inputs: json, secretInputs: secrets, limit: limit,
        trace: call.show(request:)))
    try call.checkIsThere()
    switch result {
    case .success(let outputs):
      for binding in successOutputs {
        try call.assign(outputs[binding.output] ?? .notSet, to: binding.variable, isSecret: action.isSecure)
      }
      return try await call.run(success, as: "success")
    case .failure(let reason):
      for binding in failureOutputs {
        // The server's words about a secure request may repeat what was in it; status and code do not.
        let isSecret = action.isSecure && !["status", "errorCode"].contains(binding.output)
        try call.assign(reason.value(binding.output), to: binding.variable, isSecret: isSecret)
      }
      return try await call.run(failure, as: "failure")
    case .timedOut: return try await call.run(timedOut, as: "timeout")
    }
  }
}
