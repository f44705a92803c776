import Core

/// All that is known of one setting: for `config show`, for the reference and for the check on unknown keys.
struct SettingDescription: Sendable, Hashable {
  let key: String
  let expectation: String
  /// The default as text; nil when there is none.
  let fallback: String?
  let summary: String
  /// Takes effect on SIGHUP.
  let isReloadable: Bool
  let isSecret: Bool
  /// As text, `[redacted]` for a secret; nil when it is not set.
  let value: String?
  let origin: SettingOrigin
}

/// Reads settings one by one, and remembers which there are: a setting is declared where it is read, and nowhere else.
struct SettingsReader {
  private let sources: SettingSources
  private let readFile: (String) throws -> String
  private(set) var descriptions: [SettingDescription] = []
  private(set) var problems: [ConfigurationProblem]

  /// - Parameter readFile: gives the text of a secret's file.
  init(_ sources: SettingSources, readFile: @escaping (String) throws -> String) {
    self.sources = sources
    self.readFile = readFile
    problems = sources.problems
  }

  mutating func value<Value>(
    _ key: String, _ form: SettingForm<Value>, default fallback: Value, reloads: Bool = false, _ summary: String
  ) -> Value {
    let given = scalar(key, form)
    describe(
      key, form.expectation, fallback: form.show(fallback), summary, reloads: reloads,
      value: form.show(given?.value ?? fallback), origin: given?.origin ?? .fallback)
    return given?.value ?? fallback
  }

  mutating func optional<Value>(
    _ key: String, _ form: SettingForm<Value>, reloads: Bool = false, _ summary: String
  ) -> Value? {
    let given = scalar(key, form)
    describe(
      key, form.expectation, fallback: nil, summary, reloads: reloads, value: given.map { form.show($0.value) },
      origin: given?.origin ?? .fallback)
    return given?.value
  }

  mutating func list<Value>(
    _ key: String, _ form: SettingForm<Value>, default fallback: [Value] = [], reloads: Bool = false, _ summary: String
  ) -> [Value] {
    let given = sources.given(key)
    var values = given == nil ? fallback : []
    for text in given?.texts ?? [] {
      if let value = form.parse(text) {
        values.append(value)
      } else {
        problems.append(
          ConfigurationProblem(given?.origin ?? .fallback, "\(key) has \"\(text)\"; each is \(form.expectation)."))
      }
    }
    let show = { (values: [Value]) in "[" + values.map(form.show).joined(separator: ", ") + "]" }
    describe(
      key, "a list; each is \(form.expectation)", fallback: show(fallback), summary, reloads: reloads,
      value: show(values),
      origin: given?.origin ?? .fallback)
    return values
  }

  /// A secret: from `RINGBACK_KEY`, or from a file that `key_file` or `RINGBACK_KEY_FILE` names; never from the
  /// configuration file itself. Read again on SIGHUP.
  mutating func secret(_ key: String, _ summary: String) -> Redacted<String>? {
    let environmentName = SettingSources.environmentName(of: key)
    if let given = sources.given(key), case .file = given.origin {
      problems.append(
        ConfigurationProblem(
          given.origin,
          "\(key) is a secret and may not stand in this file. Put it into a file of its own and name that as \"\(key)_file\", or set \(environmentName)."
        ))
    }
    var secret: Redacted<String>?
    var origin = SettingOrigin.fallback
    if let text = sources.environment[environmentName] {
      secret = Redacted(text)
      origin = .environment(environmentName)
    } else if let given = sources.given(key + "_file") {
      origin = given.origin
      do {
        secret = Redacted(String(try readFile(given.texts[0])[...].trimmed))
      } catch {
        problems.append(
          ConfigurationProblem(given.origin, "\(key)_file \"\(given.texts[0])\" cannot be read: \(error)."))
      }
    } else if let preset = sources.presets[key] {
      secret = Redacted(preset)
      origin = .option("--dev")
    }
    describe(
      key, "a secret, as \(environmentName) or by \(key)_file", fallback: nil, summary, reloads: true, isSecret: true,
      value: secret.map { "\($0)" }, origin: origin)
    return secret
  }

  /// A list of mappings: `read` is called for each with the prefix of its keys, such as `identity.issuers[0]`.
  mutating func entries<Value>(
    _ key: String, _ expectation: String, reloads: Bool = false, _ summary: String,
    _ read: (inout SettingsReader, _ prefix: String) -> Value?
  ) -> [Value] {
    let count = sources.entryCount(key)
    if sources.given(key) != nil { refuse(key, "\(key) takes \(expectation).") }
    describe(
      key, expectation, fallback: "[]", summary, reloads: reloads, value: count == 0 ? "[]" : "[\(count) entries]",
      origin: .fallback)
    return (0..<count).compactMap { read(&self, "\(key)[\($0)]") }
  }

  /// Says that `key` has to be set, for a reason that the other settings give.
  mutating func require<Value>(_ value: Value?, _ key: String, because reason: String, example: String) {
    guard value == nil, !problems.contains(where: { $0.message.hasPrefix(key) }) else { return }
    problems.append(ConfigurationProblem(.fallback, "\(reason) needs \"\(key)\" (for example \"\(example)\")."))
  }

  mutating func refuse(_ key: String, _ message: String) {
    problems.append(ConfigurationProblem(sources.given(key)?.origin ?? .fallback, message))
  }

  /// Called once all settings were read: what is left in the sources is unknown.
  mutating func refuseUnknownKeys() {
    let known = Set(descriptions.flatMap { $0.isSecret ? [$0.key, $0.key + "_file"] : [$0.key] })
    for (key, given) in sources.file where !known.contains(key) { refuseUnknown(key, at: given.origin, known) }
    for (key, given) in sources.options where !known.contains(key) { refuseUnknown(key, at: given.origin, known) }
    let names = Set(known.map(SettingSources.environmentName))
    for name in sources.environment.keys.sorted() where !names.contains(name) {
      let guess = nearestName(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
      problems.append(ConfigurationProblem(.environment(name), "unknown variable.\(guess)"))
    }
    problems.sort { Self.position($0.origin) < Self.position($1.origin) }
  }

  private mutating func refuseUnknown(_ key: String, at origin: SettingOrigin, _ known: Set<String>) {
    let guess = nearestNameHint(for: key, among: known)
    problems.append(ConfigurationProblem(origin, "unknown key \"\(key)\".\(guess)"))
  }

  private mutating func scalar<Value>(
    _ key: String, _ form: SettingForm<Value>
  ) -> (value: Value, origin: SettingOrigin)? {
    guard let given = sources.given(key) else { return nil }
    let text = given.texts.joined(separator: ",")
    if given.isList, case .file = given.origin {
      problems.append(ConfigurationProblem(given.origin, "\(key) is a list; it takes \(form.expectation)."))
      return nil
    }
    guard let value = form.parse(text) else {
      problems.append(ConfigurationProblem(given.origin, "\(key) is \"\(text)\"; it takes \(form.expectation)."))
      return nil
    }
    return (value, given.origin)
  }

  private mutating func describe(
    _ key: String, _ expectation: String, fallback: String?, _ summary: String, reloads: Bool, isSecret: Bool = false,
    value: String?, origin: SettingOrigin
  ) {
    descriptions.append(
      SettingDescription(
        key: key, expectation: expectation, fallback: fallback, summary: summary, isReloadable: reloads,
        isSecret: isSecret, value: value, origin: origin))
  }

  private static func position(_ origin: SettingOrigin) -> (Int, Int) {
    if case .file(_, let line, let column) = origin { (line, column) } else { (Int.max, 0) }
  }
}
