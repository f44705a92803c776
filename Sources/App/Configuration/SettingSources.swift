import Core
import YAML

/// Where the value of a setting was found.
enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
  case fallback
  case file(String, line: Int, column: Int)
  case environment(String)
  case option(String)

  var description: String {
    switch self {
    case .fallback: "default"
    case .file(let path, let line, let column): "\(path):\(line):\(column)"
    case .environment(let name): "environment \(name)"
    case .option(let name): "option \(name)"
    }
  }
}

/// A text that was given for a setting, and where.
struct GivenSetting: Sendable {
  /// One for a scalar, any number for a list.
  let texts: [String]
  let isList: Bool
  let origin: SettingOrigin
}

/// The configuration file, the environment and the command line, in rising order of weight, before anything is known of
/// what they mean.
struct SettingSources: Sendable {
  private(set) var file: [String: GivenSetting] = [:]
  private(set) var environment: [String: String] = [:]
  private(set) var options: [String: GivenSetting] = [:]
  private(set) var problems: [ConfigurationProblem] = []

  static let environmentPrefix = "RINGBACK_"

  /// - Parameters:
  ///   - document: the configuration file, or nil when there is none.
  ///   - options: what the command line sets, each with the words that a person typed.
  init(
    document: YAMLNode?, path: String, environment: [String: String],
    options: [(key: String, text: String, typed: String)] = []
  ) {
    self.environment = environment.filter { $0.key.hasPrefix(Self.environmentPrefix) }
    for option in options {
      self.options[option.key] = GivenSetting(texts: [option.text], isList: false, origin: .option(option.typed))
    }
    if let document { flatten(document, at: "", path: path) }
  }

  /// `orders.cache_ttl` is `RINGBACK_ORDERS_CACHE_TTL`.
  static func environmentName(of key: String) -> String {
    environmentPrefix + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }

  /// What was given for `key`, by the source that weighs most.
  func given(_ key: String) -> GivenSetting? {
    if let option = options[key] { return option }
    let name = Self.environmentName(of: key)
    if let text = environment[name] {
      let texts = text.split(separator: ",").map { String($0.trimmed) }
      return GivenSetting(texts: texts.count > 1 ? texts : [text], isList: texts.count > 1, origin: .environment(name))
    }
    return file[key]
  }

  /// How many mappings stand in the list at `key`.
  func entryCount(_ key: String) -> Int {
    let prefix = key + "["
    return Set(file.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count).prefix { $0 != "]" } }).count
  }

  private mutating func flatten(_ node: YAMLNode, at key: String, path: String) {
    let origin = SettingOrigin.file(path, line: node.line, column: node.column)
    switch node.kind {
    case .scalar(let text, _):
      if node.isNull { return }
      if key.isEmpty {
        problems.append(ConfigurationProblem(origin, "the file must be a mapping of keys."))
        return
      }
      file[key] = GivenSetting(texts: [text], isList: false, origin: origin)
    case .mapping(let entries):
      for entry in entries { flatten(entry.value, at: key.isEmpty ? entry.name : "\(key).\(entry.name)", path: path, name: entry.key) }
    case .sequence(let items):
      let texts = items.compactMap { item in if case .scalar(let text, _) = item.kind { text } else { nil as String? } }
      if texts.count == items.count {
        file[key] = GivenSetting(texts: texts, isList: true, origin: origin)
      } else {
        for (index, item) in items.enumerated() { flatten(item, at: "\(key)[\(index)]", path: path) }
      }
    }
  }

  /// As above, with the position of the key rather than of the value: what an unknown key is reported at.
  private mutating func flatten(_ node: YAMLNode, at key: String, path: String, name: YAMLNode) {
    flatten(node, at: key, path: path)
    if let given = file[key] {
      file[key] = GivenSetting(
        texts: given.texts, isList: given.isList, origin: .file(path, line: name.line, column: name.column))
    }
  }
}

extension Substring {
  var trimmed: Substring {
    var rest = self
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}
