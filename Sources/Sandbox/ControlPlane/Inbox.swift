import Core
import Synchronization

/// What the vendors "sent" to people: texts, e-mails and call-backs.
final class Inbox: Sendable {
  struct Item: Sendable, Hashable {
    enum Kind: String, Sendable {
      case text, email, callback
    }

    var kind: Kind
    var id: String
    var conversationID: String
    var to: String
    var from: String?
    var subject: String?
    var body: String?
    var name: String?
    /// When a call-back is due.
    var scheduled: Timestamp?
    var attributes: [JSONValue.Member] = []
    var sent: Timestamp
  }

  static let capacity = 1_000
  private let items = Mutex<[Item]>([])

  func add(_ item: Item) {
    items.withLock { items in
      if items.count >= Self.capacity { items.removeFirst() }
      items.append(item)
    }
  }

  /// Newest first.
  var all: [Item] { items.withLock { $0.reversed() } }
}

extension Inbox.Item {
  /// - Parameter status: where it stands now, in the vendor's word.
  func json(status: String) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("kind", .string(kind.rawValue)), .init("id", .string(id)),
      .init("conversation_id", .string(conversationID)),
      .init("status", .string(status)), .init("sent_at", .string("\(sent)")), .init("to", .string(to)),
    ]
    for (key, value) in [("from", from), ("subject", subject), ("body", body), ("name", name)] {
      if let value { members.append(.init(key, .string(value))) }
    }
    if let scheduled { members.append(.init("scheduled_at", .string("\(scheduled)"))) }
    if !attributes.isEmpty { members.append(.init("attributes", .object(attributes))) }
    return .object(members)
  }
}
