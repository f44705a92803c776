import Core
import YAML

/// What may be said for a slot of a bot: a list of values, each with its synonyms. Without a list everything is taken.
///
/// Understanding free speech is a service of the vendor and not simulated: the whole text has to be a value or a synonym.
struct SlotType: Sendable {
  private let values: [(value: String, words: [String])]

  init(values: [(value: String, words: [String])] = []) {
    self.values = values
  }

  func value(of text: String) -> String? {
    let word = text.trimmed.lowercased()
    guard !values.isEmpty else { return word.isEmpty ? nil : text.trimmed }
    return values.first { $0.words.contains(word) }?.value
  }
}

extension FlowReading {
  /// Reads `entities` and `entityTypes` of a bot flow: each entity is a variable `Slot.NAME`.
  func declareSlots(_ root: YAMLNode) {
    guard let domain = root["settingsNaturalLanguageUnderstanding"]?["nluDomainVersion"] else { return }
    var types: [String: SlotType] = [:]
    for node in domain["entityTypes"]?.items ?? [] {
      guard let name = node["name"]?.string else { continue }
      types[name] = SlotType(
        values: (node["mechanism"]?["items"]?.items ?? []).compactMap { item in
          item["value"]?.string.map { value in
            (value, [value.lowercased()] + (item["synonyms"]?.items ?? []).compactMap { $0.string?.lowercased() })
          }
        })
    }
    for node in domain["entities"]?.items ?? [] {
      guard let name = node["name"]?.string, let type = node["type"]?.string else {
        report("an entity needs \"name\" and \"type\"", at: node.position)
        continue
      }
      if types[type] == nil, !type.hasPrefix("builtin:") {
        report(
          "no entity type is called \"\(type)\".\(nearestNameHint(for: type, among: types.keys.sorted()))",
          at: node.position)
      }
      slots[name.lowercased()] = types[type] ?? SlotType()
      scope.declare(VariableDeclaration(name: "Slot.\(name)", type: .string, isSecure: false))
    }
  }
}
