/// The type of a flow variable or an expression, as Architect names it.
indirect enum FlowType: Sendable, Hashable {
  /// Not known before the call: a property of something the runner does not model.
  case any
  case notSet
  case string
  case integer
  case decimal
  case boolean
  case duration
  case dateTime
  case json
  case phoneNumber
  /// What a caller hears, and what a digital channel shows (`communication`).
  case audio
  /// A thing of the organisation that has only a name here: "queue", "schedule", "user".
  case resource(String)
  /// A dotted word such as `Format.Date.shortYear`.
  case word
  case collection(FlowType)
}

extension FlowType {
  /// The kinds of things that a variable may hold by name.
  private static let resources = [
    "queue", "user", "group", "skill", "languageSkill", "schedule", "scheduleGroup", "emergencyGroup", "prompt",
    "userPrompt", "wrapupCode", "externalContact", "externalOrganization", "agentScorePair", "date", "time", "currency",
    "language", "flow",
  ]

  /// The part of `stringVariable` or `queueCollectionVariable` that names the type; nil when Architect has none such.
  init?(named name: String) {
    switch name {
    case "string": self = .string
    case "integer": self = .integer
    case "decimal": self = .decimal
    case "boolean": self = .boolean
    case "duration": self = .duration
    case "dateTime": self = .dateTime
    case "json": self = .json
    case "phoneNumber": self = .phoneNumber
    case "audio", "communication": self = .audio
    case _ where name.hasSuffix("Collection"):
      guard let item = FlowType(named: String(name.dropLast(10))) else { return nil }
      self = .collection(item)
    case _ where Self.resources.contains(name): self = .resource(name)
    default: return nil
    }
  }

  static let names =
    [
      "string", "integer", "decimal", "boolean", "duration", "dateTime", "json", "phoneNumber", "audio",
      "communication",
    ]
    + resources

  /// Whether an expression of type `other` may stand where this type is wanted. Architect converts in silence what
  /// can be written out (a number where a text is wanted), so that is taken here too.
  func accepts(_ other: FlowType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case (.any, _), (_, .any), (_, .notSet): true
    case (.string, .integer), (.string, .decimal), (.string, .boolean), (.string, .dateTime), (.string, .duration),
      (.string, .phoneNumber), (.string, .resource), (.string, .word):
      true
    case (.audio, .string), (.audio, .integer), (.audio, .decimal), (.audio, .boolean), (.audio, .resource("prompt")),
      (.audio, .resource("userPrompt")):
      true
    case (.decimal, .integer), (.integer, .decimal): true
    // JSON is looked into only when the call runs.
    case (.string, .json), (.integer, .json), (.decimal, .json), (.boolean, .json), (.audio, .json): true
    case (.collection(let wanted), .collection(let given)): wanted.accepts(given)
    case (.collection, .json): true
    default: false
    }
  }
}

extension FlowType: CustomStringConvertible {
  var description: String {
    switch self {
    case .any: "any value"
    case .notSet: "NOT_SET"
    case .string: "string"
    case .integer: "integer"
    case .decimal: "decimal"
    case .boolean: "boolean"
    case .duration: "duration"
    case .dateTime: "dateTime"
    case .json: "json"
    case .phoneNumber: "phoneNumber"
    case .audio: "audio"
    case .resource(let name): name
    case .word: "format"
    case .collection(let item): "\(item) collection"
    }
  }
}

extension FlowType {
  /// `an integer`, `a string`.
  var withArticle: String {
    let name = description
    return name == "NOT_SET" || name == "any value"
      ? name : "aeiou".contains(name.prefix(1)) ? "an \(name)" : "a \(name)"
  }
}
