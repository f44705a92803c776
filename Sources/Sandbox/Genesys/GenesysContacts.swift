import Core
import HTTPMessages
import HTTPServer

/// The external contacts of one simulated organisation, as the API shows them.
struct ContactStore: Sendable {
  static let capacity = 5_000
  private var contacts: [String: JSONValue] = [:]
  private var order: [String] = []

  func contact(_ id: String) throws(GenesysError) -> JSONValue {
    guard let contact = contacts[id] else { throw .notFound("External contact \(id) not found.") }
    return contact
  }

  mutating func put(_ id: String, _ contact: JSONValue) {
    if contacts.updateValue(contact, forKey: id) == nil { order.append(id) }
    if order.count > Self.capacity { contacts[order.removeFirst()] = nil }
  }
}

/// `/api/v2/externalcontacts/contacts`: the SDK's `ExternalContact`. A PUT replaces the whole contact, so what it leaves
/// out is gone; custom fields need a schema.
extension GenesysPlatform {
  private static let ownMembers: Set<String> = ["id", "createDate", "modifyDate", "type", "selfUri"]

  func routeContacts(_ request: VendorRequest, _ path: [String]) throws(GenesysError) -> Response {
    switch (request.method, path.count) {
    case (.post, 0):
      let id = identities.uuid()
      let contact = Self.contact(id, from: try checkedContact(request), created: "\(time.now)", modified: "\(time.now)")
      try changeContacts { $0.put(id, contact) }
      return .json(contact)
    case (.get, 1): return .json(try contacts.contact(path[0]))
    case (.put, 1):
      let body = try checkedContact(request)
      return .json(
        try changeContacts { (store) throws(GenesysError) in
          let created = try store.contact(path[0])["createDate"]?.string ?? ""
          let contact = Self.contact(path[0], from: body, created: created, modified: "\(time.now)")
          store.put(path[0], contact)
          return contact
        })
    default: throw .notFound("The requested resource was not found.")
    }
  }

  private func checkedContact(_ request: VendorRequest) throws(GenesysError) -> [JSONValue.Member] {
    let json = try GenesysBody(request).json
    if let fields = json["customFields"], !fields.isNull {
      guard let fields = fields.members else {
        throw .badRequest("customFields must be an object.", field: "customFields")
      }
      guard fields.isEmpty || json["schema"]?["id"]?.string?.isUUID == true else {
        throw .badRequest("customFields need a schema.", field: "schema")
      }
    }
    return json.members ?? []
  }

  private static func contact(
    _ id: String, from members: [JSONValue.Member], created: String, modified: String
  ) -> JSONValue {
    .object(
      [.init("id", .string(id))] + members.filter { !ownMembers.contains($0.name) } + [
        .init("type", "Curated"), .init("createDate", .string(created)), .init("modifyDate", .string(modified)),
        .init("selfUri", .string("/api/v2/externalcontacts/contacts/\(id)")),
      ])
  }
}
