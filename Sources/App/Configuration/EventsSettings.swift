import Core
import Events

struct EventsSettings: Sendable {
  struct Subscriber: Sendable {
    var name: String
    var url: String
    var types: [EventTypePattern]
    /// The present one, and during a rotation the one before.
    var secrets: [WebhookSecret]
  }

  var retention: Duration
  var maximumStreams: Int
  var allowsPrivate: Bool
  var subscribers: [Subscriber]

  init(from reader: inout SettingsReader) {
    retention = reader.value(
      "events.retention", .duration, default: .seconds(30 * 86_400), "How long an event can be read.")
    maximumStreams = reader.value(
      "events.streams", .number(0...100_000), default: 100, "How many readers may follow the events of an instance.")
    let allowsPrivate = reader.value(
      "events.allow_private", .flag, default: false,
      "Send events also to this machine, to private networks, and there by plain HTTP on loopback.")
    self.allowsPrivate = allowsPrivate
    subscribers = reader.entries(
      "events.subscribers", "a list of mappings with name, url, secret_file, old_secret_file and types",
      "Who is sent events, as signed webhooks."
    ) { Self.subscriber(&$0, $1, allowsPrivate: allowsPrivate) }
    let names = subscribers.map(\.name)
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      reader.refuse("events.subscribers", "events.subscribers has \"\(name)\" twice; each has a name of its own.")
    }
  }

  private static func subscriber(
    _ reader: inout SettingsReader, _ prefix: String, allowsPrivate: Bool
  ) -> Subscriber? {
    let name = reader.optional("\(prefix).name", .label, "What it goes by in logs, metrics and commands.")
    let url = reader.optional("\(prefix).url", .url, "Where events are sent.")
    let types = reader.list("\(prefix).types", .eventTypes, "Which events; all without.")
    let text = reader.secret("\(prefix).secret", "What messages are signed with.")
    let oldText = reader.secret("\(prefix).old_secret", "The secret before, while the subscriber changes over.")
    let secret = text.flatMap { reader.webhookSecret($0, of: "\(prefix).secret") }
    let oldSecret = oldText.flatMap { reader.webhookSecret($0, of: "\(prefix).old_secret") }
    reader.require(name, "\(prefix).name", because: "A subscriber", example: "warehouse")
    reader.require(url, "\(prefix).url", because: "A subscriber", example: "https://warehouse.example.com/events")
    reader.require(
      text, "\(prefix).secret_file", because: "A subscriber", example: "/run/secrets/warehouse")
    if let url, !url.hasPrefix("https://"), !allowsPrivate {
      reader.refuse("\(prefix).url", "\(prefix).url is \"\(url)\"; events are sent by https only.")
    }
    for type in types where !EventTypes.all.contains(where: { type.matches($0.key) }) {
      let guess = nearestNameHint(for: type.description, among: EventTypes.all.map(\.key))
      reader.refuse("\(prefix).types", "\(prefix).types has \"\(type)\", which is no event that there is.\(guess)")
    }
    guard let name, let url, let secret else { return nil }
    return Subscriber(name: name, url: url, types: types, secrets: [secret] + (oldSecret.map { [$0] } ?? []))
  }
}

extension SettingsReader {
  /// A secret of Standard Webhooks; refuses any other.
  mutating func webhookSecret(_ text: Redacted<String>, of key: String) -> WebhookSecret? {
    if let secret = WebhookSecret(text) { return secret }
    refuse(key, "\(key) is no secret of Standard Webhooks: \"whsec_\" and 24 to 64 random bytes in base 64.")
    return nil
  }
}

extension SettingForm where Value == String {
  /// Fit for a metric's label and for a word of the command line.
  fileprivate static let label = SettingForm(
    expectation: "up to 64 letters, digits, hyphens and underscores",
    parse: { text in
      let isFit = text.utf8.allSatisfy { $0.isDecimalDigit || $0 == 0x2D || $0 == 0x5F || isLetter($0) }
      return (1...64).contains(text.utf8.count) && isFit ? text : nil
    }, show: { $0 })

  private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
}

extension SettingForm where Value == EventTypePattern {
  fileprivate static let eventTypes = SettingForm(
    expectation: "a type of event or all that begin so, for example \"return.closed\" or \"return.*\"",
    parse: { EventTypePattern($0) }, show: { $0.description })
}
