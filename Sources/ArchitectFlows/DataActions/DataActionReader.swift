import Core

/// Reads one export and finds everything in it that the runner cannot carry out.
struct DataActionReader {
  private let source: JSONSource
  private var problems: [FlowProblem] = []

  static func read(file: String, text: String) -> (action: DataAction?, problems: [FlowProblem]) {
    let source = JSONSource(file: file, text: text)
    do throws(JSONError) {
      var reader = DataActionReader(source: source)
      let action = reader.action(try JSONValue(parsing: text))
      return (reader.problems.isEmpty ? action : nil, reader.problems)
    } catch {
      return (nil, [source.problem(atByte: error.offset, "this is not JSON: \(error.reason)")])
    }
  }

  private init(source: JSONSource) {
    self.source = source
  }

  private mutating func action(_ json: JSONValue) -> DataAction? {
    guard let name = json["name"]?.string, !name.isEmpty else {
      problems.append(source.problem(atKey: "name", "a data action needs a \"name\""))
      return nil
    }
    let inputs = ContractSchema(schema: json["contract"]?["input"]?["inputSchema"] ?? .object([]))
    let outputs = ContractSchema(schema: json["contract"]?["output"]?["successSchema"] ?? .object([]))
    let isAuthentication = json["actionType"]?.string == "customAuth"
    guard let config = json["config"], let request = request(config["request"], timeout: config["timeoutSeconds"]),
      let response = response(config["response"])
    else {
      if problems.isEmpty {
        problems.append(
          source.problem(atKey: "config", "a data action needs \"config\" with \"request\" and \"response\""))
      }
      return nil
    }
    checkNames(of: request.templates, inputs: inputs.fields, isAuthentication: isAuthentication)
    checkNames(of: response)
    return DataAction(
      file: source.file, name: name, category: json["category"]?.string, isSecure: json["secure"]?.bool ?? false,
      isAuthentication: isAuthentication, inputs: inputs.fields, outputs: outputs.fields, successSchema: outputs,
      request: request, response: response)
  }

  // MARK: - Parts

  private mutating func request(_ json: JSONValue?, timeout: JSONValue?) -> DataAction.Request? {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    guard let json else { return nil }
    let method = json["requestType"]?.string?.uppercased() ?? ""
    if !methods.contains(method) {
      problems.append(
        source.problem(atKey: "requestType", "\"requestType\" must be one of \(methods.joined(separator: ", "))"))
    }
    guard let urlSource = json["requestUrlTemplate"]?.string else {
      problems.append(source.problem(atKey: "request", "\"requestUrlTemplate\" is missing"))
      return nil
    }
    let headers = (json["headers"]?.members ?? []).compactMap { member in
      template(member.value.templateText, key: member.name).map { (name: member.name, value: $0) }
    }
    guard let url = template(urlSource, key: "requestUrlTemplate") else { return nil }
    let body = json["requestTemplate"]?.string.flatMap { template($0, key: "requestTemplate") }
    return DataAction.Request(
      method: method, url: url, urlSource: urlSource, body: body, headers: headers,
      timeout: .seconds(min(max(timeout?.integer ?? 60, 1), 60)))
  }

  private mutating func response(_ json: JSONValue?) -> DataAction.Response? {
    var translation: [(name: String, path: JSONPath)] = []
    for member in json?["translationMap"]?.members ?? [] {
      do throws(JSONPathProblem) {
        translation.append((member.name, try JSONPath(member.value.templateText)))
      } catch {
        problems.append(
          source.problem(
            inValueOf: member.name, offset: error.offset, "JSON path of \"\(member.name)\": \(error.message)"))
      }
    }
    let defaults = (json?["translationMapDefaults"]?.members ?? []).map { ($0.name, $0.value.templateText) }
    for (name, _) in defaults where !translation.contains(where: { $0.name == name }) {
      problems.append(
        source.problem(
          atKey: "translationMapDefaults", "the default \"\(name)\" belongs to no entry of \"translationMap\""))
    }
    guard let success = template(json?["successTemplate"]?.string ?? "${rawResult}", key: "successTemplate") else {
      return nil
    }
    return DataAction.Response(
      translation: translation, defaults: Dictionary(defaults) { first, _ in first }, success: success)
  }

  private mutating func template(_ text: String, key: String) -> Template? {
    do throws(TemplateProblem) { return try Template(text) } catch {
      problems.append(source.problem(inValueOf: key, offset: error.offset, "template \"\(key)\": \(error.message)"))
      return nil
    }
  }

  // MARK: - Names

  private mutating func checkNames(of templates: [Template], inputs: [ContractField], isAuthentication: Bool) {
    let roots = ["input", "credentials", "authResponse"]
    let fields = Set(inputs.compactMap { $0.path.first?.lowercased() })
    for template in templates {
      for reference in template.references {
        let root = reference.root.lowercased()
        check(reference, roots: roots, assigned: template.assigned)
        guard root == "input", case .property(let name)? = reference.steps.first else { continue }
        guard name.lowercased() != "rawrequest", !fields.contains(name.lowercased()) else { continue }
        let hint = nearestNameHint(for: name, among: inputs.compactMap(\.path.first))
        problems.append(
          source.problem(atText: reference.source, "input \"\(name)\" is not in the contract's inputSchema.\(hint)"))
      }
      if isAuthentication, template.mentions("authResponse") {
        problems.append(
          source.problem(atText: "authResponse", "a custom authentication action has no authResponse itself"))
      }
    }
  }

  private mutating func checkNames(of response: DataAction.Response) {
    let roots = ["rawResult"] + response.translation.map(\.name)
    for reference in response.success.references {
      check(reference, roots: roots, assigned: response.success.assigned)
    }
  }

  private mutating func check(_ reference: Template.Reference, roots: [String], assigned: Set<String>) {
    let root = reference.root.lowercased()
    if let tool = TemplateTool(rawValue: root) {
      switch reference.steps.first {
      case .property(let name), .method(let name, _):
        guard !tool.functions.contains(name.lowercased()) else { break }
        let hint = nearestNameHint(for: name, among: tool.functions)
        problems.append(
          source.problem(atText: reference.source, "$\(reference.root).\(name) is not known to the runner.\(hint)"))
      default:
        problems.append(source.problem(atText: reference.source, "$\(reference.root) needs the name of a function"))
      }
    } else if !roots.contains(where: { $0.lowercased() == root }), !assigned.contains(root) {
      let hint = nearestNameHint(for: reference.root, among: roots)
      problems.append(
        source.problem(atText: reference.source, "nothing has the name \"\(reference.root)\" here.\(hint)"))
    }
    for case .method(let name, _) in reference.steps.dropFirst(TemplateTool(rawValue: root) == nil ? 0 : 1)
    where !JSONValue.templateMethods.contains(name) {
      let hint = nearestNameHint(for: name, among: JSONValue.templateMethods)
      problems.append(source.problem(atText: reference.source, "method .\(name) is not known to the runner.\(hint)"))
    }
  }
}

extension JSONSource {
  /// A problem where a reference is written. Its quotes may be escaped in the file, so only its beginning is looked for.
  fileprivate func problem(atText text: String, _ message: String) -> FlowProblem {
    let start = String(text.prefix { $0 != "\"" && $0 != "\\" })
    return problem(atFirst: start, message)
  }
}
