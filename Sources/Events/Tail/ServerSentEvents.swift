import Core

/// The text of `text/event-stream` (HTML Living Standard, section 9.2).
enum ServerSentEvents {
  /// What a stream begins with, so that its header goes out at once: how long a client waits before it comes again.
  static let opening = Array("retry: 2000\n\n".utf8)
  /// A comment, which clients pass over.
  static let heartbeat = Array(":\n\n".utf8)

  static func text(_ event: Event, source: String) -> [UInt8] {
    // JSON as we write it has no line end.
    Array("id: \(event.sequence)\nevent: \(event.type)\ndata: ".utf8) + event.cloudEvent(source: source)
      + Array("\n\n".utf8)
  }
}

/// Reads such a text as it comes. Fields that are not needed here are passed over.
package struct ServerSentEventReader: Sendable {
  package struct Event: Sendable, Hashable {
    /// Of this event, or of the last that had one.
    package var id: String?
    package var type: String
    package var data: String
  }

  private var buffer: [UInt8] = []
  private var id: String?
  private var type = ""
  private var data: [String] = []

  package init() {}

  /// - Returns: the events that are whole now.
  package mutating func read(_ bytes: [UInt8]) -> [Event] {
    buffer += bytes
    var events: [Event] = []
    while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
      var line = buffer[..<end]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if let event = take(String(decoding: line, as: UTF8.self)) { events.append(event) }
      buffer.removeFirst(end + 1)
    }
    return events
  }

  private mutating func take(_ line: String) -> Event? {
    guard !line.isEmpty else {
      defer { (type, data) = ("", []) }
      return data.isEmpty
        ? nil : Event(id: id, type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"))
    }
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count == 2 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
    switch parts[0] {
    case "id": id = value
    case "event": type = value
    case "data": data.append(value)
    default: break
    }
    return nil
  }
}
