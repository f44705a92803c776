import Core

/// Something that happened, as the outbox keeps it.
package struct Event: Sendable, Hashable {
  /// `evt_…`; what a webhook goes by, however often it is sent.
  package let id: String
  /// Its place among all events: 1, 2, 3, … in the order in which readers see them.
  package let sequence: Int64
  /// Such as `return.authorized`.
  package let type: String
  /// The id of what it is about, such as `ret_…`.
  package let subject: String
  package let time: Timestamp
  /// JSON.
  package let data: [UInt8]

  /// The event by CloudEvents 1.0, JSON format.
  ///
  /// - Parameter source: the public URL of the API.
  package func cloudEvent(source: String) -> [UInt8] {
    let attributes: JSONValue = [
      "specversion": "1.0", "id": .string(id), "source": .string(source), "type": .string(type),
      "subject": .string(subject), "time": .string("\(time)"), "datacontenttype": "application/json",
    ]
    return attributes.bytes.dropLast() + Array(",\"data\":".utf8) + data + Array("}".utf8)
  }
}
