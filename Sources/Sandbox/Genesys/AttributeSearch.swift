import Core
import HTTPServer

/// `POST /api/v2/conversations/participants/attributes/search`. In spite of its name it finds by conversation, division
/// and time alone: whoever looks for an attribute reads the rows and compares. Criteria are joined by AND.
struct AttributeSearch {
  /// A conversation can be found so long after it began, as an index lags behind.
  static let indexLag = Duration.seconds(5)
  static let retention = Duration.seconds(30 * 86_400)
  static let longestRange = Duration.seconds(86_400)
  static let pageSize = 50

  private var conversationIDs: Set<String>?
  private var range: ClosedRange<Timestamp>?
  private let cursor: String?

  init(_ body: GenesysBody) throws(GenesysError) {
    guard let criteria = body.json["query"]?.array, !criteria.isEmpty else {
      throw .badRequest("query is required.", field: "query")
    }
    cursor = try body.text("cursor")
    for criterion in criteria { try add(criterion) }
  }

  private mutating func add(_ criterion: JSONValue) throws(GenesysError) {
    let fields = criterion["fields"]?.array?.compactMap(\.string) ?? []
    guard criterion["operator"]?.string.map({ $0 == "AND" }) ?? true, fields.count == 1 else { throw Self.notSupported }
    switch (criterion["type"]?.string, fields[0]) {
    case ("EXACT", "conversationId"):
      let values = criterion["values"]?.array?.compactMap(\.string) ?? criterion["value"]?.string.map { [$0] } ?? []
      guard !values.isEmpty else { throw .badRequest("value is required.", field: "query.value") }
      conversationIDs = conversationIDs?.intersection(values) ?? Set(values)
    // There is one division.
    case ("EXACT", "divisionId"): break
    case ("DATE_RANGE", "startTime"):
      guard let start = criterion["startValue"]?.string.flatMap({ Timestamp($0) }),
        let end = criterion["endValue"]?.string.flatMap({ Timestamp($0) }), start <= end,
        end - start <= Self.longestRange
      else { throw .badRequest("A range of at most 24 hours is required.", field: "query.startValue") }
      range = start...end
    default: throw Self.notSupported
    }
  }

  private static let notSupported = GenesysError.badRequest("Search not supported.")

  /// - Parameter conversations: newest first.
  func page(of conversations: [ConversationStore.Conversation], now: Timestamp) -> JSONValue {
    let found = conversations.filter { conversation in
      let age = now - conversation.started
      return age >= Self.indexLag && age <= Self.retention && range?.contains(conversation.started) ?? true
        && conversationIDs?.contains(conversation.id) ?? true
        && conversation.participants.contains { !$0.attributes.isEmpty }
    }
    let start = cursor.flatMap { cursor in found.firstIndex { $0.cursor == cursor } }.map { $0 + 1 } ?? 0
    let page = found[start...].prefix(Self.pageSize)
    var members: [JSONValue.Member] = [
      .init("types", ["conversations"]), .init("results", .array(page.map(\.searchResult))),
    ]
    if let last = page.last, page.endIndex < found.endIndex { members.append(.init("cursor", .string(last.cursor))) }
    return .object(members)
  }
}

extension GenesysPlatform {
  func search(_ request: VendorRequest) throws(GenesysError) -> Response {
    let search = try AttributeSearch(GenesysBody(request))
    return .json(search.page(of: conversations.newestFirst, now: time.now))
  }
}

extension ConversationStore.Conversation {
  fileprivate var cursor: String { Base64.url.encode("after:\(id)".utf8) }

  fileprivate var searchResult: JSONValue {
    [
      "conversationId": .string(id), "startTime": .string("\(started)"), "divisionIds": [],
      "participantData": .array(
        participants.filter { !$0.attributes.isEmpty }.map { participant in
          [
            "participantPurpose": .string(participant.purpose), "participantId": .string(participant.id),
            "participantAttributes": .object(participant.attributes), "sessionIds": [],
          ]
        }), "truncatedData": false,
    ]
  }
}
