import Core

extension Verb {
  static let configCheck = Verb(
    name: "config check", summary: "Check the configuration and say what is wrong, with file and line.",
    options: configurationOptions
  ) { invocation in
    let loaded = try LoadedConfiguration.load(invocation)
    try FlowRules.check(loaded.configuration.genesys)
    let set = loaded.descriptions.filter { $0.origin != .fallback }.count
    invocation.terminal.say("The configuration is good: \(loaded.descriptions.count) keys, \(set) set.")
    invocation.terminal.record([
      "event": "configuration", "keys": .integer(loaded.descriptions.count), "set": .integer(set),
    ])
    return .success
  }

  static let configShow = Verb(
    name: "config show", summary: "Show every key, its value and, on request, where it came from.",
    details: "Secrets are shown as [redacted].",
    options: configurationOptions + [
      Option(name: "origin", summary: "Show where each value came from."),
      Option(name: "changed", summary: "Only what differs from the default."),
      Option(name: "markdown", summary: "The reference of all keys, as docs/reference/configuration.md holds it."),
    ]
  ) { invocation in
    let loaded = try LoadedConfiguration.load(invocation)
    let terminal = invocation.terminal
    if invocation.flag("markdown") {
      terminal.say(ConfigurationReference.markdown(loaded.descriptions))
      return .success
    }
    let shown = loaded.descriptions.filter { !invocation.flag("changed") || $0.origin != .fallback }
    let width = shown.map(\.key.count).max() ?? 0
    for setting in shown {
      let origin = invocation.flag("origin") ? "   # \(setting.origin)" : ""
      terminal.say("\((setting.key + ":").padding(to: width + 1)) \(setting.value ?? "(not set)")\(origin)")
      terminal.record([
        "key": .string(setting.key), "value": setting.value.map { .string($0) } ?? .null,
        "origin": .string("\(setting.origin)"), "default": setting.fallback.map { .string($0) } ?? .null,
        "reloads": .bool(setting.isReloadable), "secret": .bool(setting.isSecret),
      ])
    }
    return .success
  }
}
