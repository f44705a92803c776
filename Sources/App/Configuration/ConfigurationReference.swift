/// docs/reference/configuration.md, made from the settings themselves; a test holds the file against this.
enum ConfigurationReference {
  static func markdown(_ settings: [SettingDescription]) -> String {
    let sections = settings.reduce(into: [(name: String, settings: [SettingDescription])]()) { sections, setting in
      let name = setting.key.split(separator: ".").first.map(String.init) ?? ""
      if sections.last?.name == name {
        sections[sections.count - 1].settings.append(setting)
      } else {
        sections.append((name, [setting]))
      }
    }
    return """
      # Configuration

      One YAML file (`ringback.yaml`, or `--config FILE`), overridden by `RINGBACK_…` variables, overridden by `--set KEY=VALUE`
      and the options of a command. `orders.cache_ttl` is `RINGBACK_ORDERS_CACHE_TTL`. A list in a variable is separated by
      commas. An unknown key is an error. Secrets come from a variable or from a file named by `…_file`, never from the
      configuration file itself. Keys marked ↻ are read again on SIGHUP; the others need a restart.

      This page is made by `ringback config show --markdown`.

      \(sections.map(section).joined(separator: "\n\n"))
      """
  }

  private static func section(_ section: (name: String, settings: [SettingDescription])) -> String {
    let rows = section.settings.map { setting in
      let key = "`\(setting.key)`" + (setting.isReloadable ? " ↻" : "")
      let expectation = setting.expectation.split(separator: "|").joined(separator: "\\|")
      return "| \(key) | \(setting.fallback.map { "`\($0)`" } ?? "") | \(setting.summary) Takes \(expectation). |"
    }
    return """
      ## \(section.name)

      | Key | Default | |
      |---|---|---|
      \(rows.joined(separator: "\n"))
      """
  }
}
