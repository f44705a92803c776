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
  /// What `--dev` sets where nobody else does.
  private(set) var presets: [String: String] = [:]
  private(set) var problems: [ConfigurationProblem] = []

  static let environmentPrefix = "RINGBACK_"

  /// - Parameters:
  ///   - document: the configuration file, or nil when there is none.
  ///   - options: what the command line sets, each with the words that a person typed.
  init(
    document: YAMLDocument?, path: String, environment: [String: String],
    options: [(key: String, text: String, typed: String)] = [], presets: [String: String] = [:]
  ) {
    self.presets = presets
    self.environment = environment.filter { $0.key.hasPrefix(Self.environmentPrefix) }
    for option in options {
      self.options[option.key] = GivenSetting(texts: [option.text], isList: false, origin: .option(option.typed))
    }
    if let document { flatten(document.root, at: "", path: path, position: document.root.position) }
  }

  /// `orders.cache_ttl` is `RINGBACK_ORDERS_CACHE_TTL`, `identity.issuers[0].audience` is `RINGBACK_IDENTITY_ISSUERS_0_AUDIENCE`.
  static func environmentName(of key: String) -> String {
    environmentPrefix + key.uppercased().compactMap { ".[".contains($0) ? "_" : $0 == "]" ? nil : String($0) }.joined()
  }

  /// What was given for `key`, by the source that weighs most.
  func given(_ key: String) -> GivenSetting? {
    if let option = options[key] { return option }
    let name = Self.environmentName(of: key)
    if let text = environment[name] {
      let texts = text.split(separator: ",").map { String($0.trimmed) }
      return GivenSetting(texts: texts.count > 1 ? texts : [text], isList: texts.count > 1, origin: .environment(name))
    }
    return file[key] ?? presets[key].map { GivenSetting(texts: [$0], isList: false, origin: .option("--dev")) }
  }

  /// How many mappings stand in the list at `key`.
  func entryCount(_ key: String) -> Int {
    let prefix = key + "["
    return Set(file.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count).prefix { $0 != "]" } }).count
  }

  /// - Parameter position: of the key rather than of the value: what a problem is reported at.
  private mutating func flatten(_ node: YAMLNode, at key: String, path: String, position: YAMLPosition) {
    let origin = SettingOrigin.file(path, line: position.line, column: position.column)
    switch node.content {
    case .scalar(let text, _):
      if node.isNull { return }
      if key.isEmpty {
        problems.append(ConfigurationProblem(origin, "the file must be a mapping of keys."))
      } else {
        file[key] = GivenSetting(texts: [text], isList: false, origin: origin)
      }
    case .mapping(let entries):
      for entry in entries {
        let name = key.isEmpty ? entry.key : "\(key).\(entry.key)"
        flatten(entry.value, at: name, path: path, position: entry.keyNode.position)
      }
    case .sequence(let items):
      let texts = items.compactMap(\.string)
      if texts.count == items.count {
        file[key] = GivenSetting(texts: texts, isList: true, origin: origin)
      } else {
        for (index, item) in items.enumerated() {
          flatten(item, at: "\(key)[\(index)]", path: path, position: item.position)
        }
      }
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
