import Core

/// What an operator may set about events.
package struct EventsConfiguration: Sendable {
  /// What events name as their source: the public URL of the API.
  package var source: String
  /// How long an event can be read.
  package var retention: Duration = .seconds(30 * 86_400)
  /// How many readers may follow the events of this instance at a time.
  package var maximumStreams = 100
  package var subscribers: [Subscriber] = []

  package init(source: String) {
    self.source = source
  }
}

/// Who is sent events, as the configuration names them.
package struct Subscriber: Sendable {
  /// What it goes by in tables, logs and metrics.
  package var name: String
  package var url: String
  /// None for all.
  package var types: [EventTypePattern]
  /// The secrets that a message is signed with: the present one, and during a rotation the one before. Asked at each
  /// attempt, so that they may change while running.
  package var secrets: @Sendable () -> [WebhookSecret]

  package init(
    name: String, url: String, types: [EventTypePattern] = [], secrets: @escaping @Sendable () -> [WebhookSecret]
  ) {
    self.name = name
    self.url = url
    self.types = types
    self.secrets = secrets
  }
}
