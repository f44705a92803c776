import Core
import FoundationEssentials
import YAML

/// The configuration with all that is known about how it came to be.
struct LoadedConfiguration: Sendable {
  let configuration: Configuration
  let descriptions: [SettingDescription]

  static let standardPath = "ringback.yaml"

  /// Reads the file, the environment and the options of a verb.
  ///
  /// - Throws: `ConfigurationProblems`; `CommandFailure` when a file that was asked for is not there.
  static func load(_ invocation: Invocation, presets: [String: String] = [:]) throws -> LoadedConfiguration {
    let (document, path) = try document(invocation)
    return try load(
      document, path: path, environment: invocation.environment.filter { !otherVariables.contains($0.key) },
      options: try options(invocation), presets: presets)
  }

  /// `genesys.attributes` alone, whatever else the configuration says: for `ringback call`, which may run where there is
  /// none.
  ///
  /// - Throws: `ConfigurationProblems`, `CommandFailure`.
  static func attributes(_ invocation: Invocation) throws -> [String] {
    let (document, path) = try document(invocation)
    var reader = SettingsReader(
      SettingSources(document: document, path: path, environment: invocation.environment), readFile: { _ in "" })
    let attributes = GenesysSettings.attributes(from: &reader)
    guard reader.problems.isEmpty else { throw ConfigurationProblems(problems: reader.problems) }
    return attributes
  }

  private static func document(_ invocation: Invocation) throws -> (YAMLDocument?, path: String) {
    let path = invocation.value("config") ?? standardPath
    let isAskedFor = invocation.value("config") != nil
    guard isAskedFor || FileManager.default.fileExists(atPath: path) else { return (nil, path) }
    return (try parse(path), path)
  }

  /// Variables of ours that are no settings: what `ringback call` and `demo` are given.
  static let otherVariables: Set<String> = ["RINGBACK_CLIENT_ID", "RINGBACK_CLIENT_SECRET", "RINGBACK_SERVER"]

  static func load(
    _ document: YAMLDocument?, path: String, environment: [String: String],
    options: [(key: String, text: String, typed: String)] = [], presets: [String: String] = [:]
  ) throws(ConfigurationProblems) -> LoadedConfiguration {
    var reader = SettingsReader(
      SettingSources(document: document, path: path, environment: environment, options: options, presets: presets),
      readFile: { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) })
    let configuration = Configuration(from: &reader)
    guard reader.problems.isEmpty else { throw ConfigurationProblems(problems: reader.problems) }
    return LoadedConfiguration(configuration: configuration, descriptions: reader.descriptions)
  }

  private static func parse(_ path: String) throws -> YAMLDocument? {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(.configuration, "\(path) cannot be read. Does it exist, and may this user read it?")
    }
    do {
      return try YAMLDocument(parsing: String(decoding: data, as: UTF8.self))
    } catch {
      throw ConfigurationProblems(problems: [
        ConfigurationProblem(.file(path, line: error.position.line, column: error.position.column), error.reason + ".")
      ])
    }
  }

  /// `--set KEY=VALUE`, and the options that are short for a key.
  private static func options(_ invocation: Invocation) throws -> [(key: String, text: String, typed: String)] {
    var result: [(key: String, text: String, typed: String)] = []
    for text in invocation.values("set") {
      let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else { throw CommandFailure(.usage, "--set \(text) has no \"=\". Write --set KEY=VALUE.") }
      result.append((pair[0], pair[1], "--set \(pair[0])"))
    }
    for (name, key) in [("data", "data"), ("listen", "server.listen")] {
      if let text = invocation.value(name) { result.append((key, text, "--\(name)")) }
    }
    return result
  }
}
