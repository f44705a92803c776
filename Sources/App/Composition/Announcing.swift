import Events
import Jobs

extension Outbox {
  /// The outbox as a port of the features.
  var announce: Announce {
    { event, connection in
      try self.append(
        type: event.type, subject: event.subject, time: event.time, data: event.data, in: connection)
    }
  }
}

extension EventsSettings {
  /// - Parameter current: the settings as they are now, where secrets may have changed.
  func configuration(source: String, current: @escaping @Sendable () -> EventsSettings) -> EventsConfiguration {
    var configuration = EventsConfiguration(source: source)
    configuration.retention = retention
    configuration.maximumStreams = maximumStreams
    configuration.subscribers = subscribers.map { subscriber in
      Events.Subscriber(name: subscriber.name, url: subscriber.url, types: subscriber.types) {
        current().subscribers.first { $0.name == subscriber.name }?.secrets ?? []
      }
    }
    return configuration
  }
}
