import Core
import HTTPClient
import HTTPMessages
import Orders
import Telemetry

/// Genesys Cloud CX as the contact centre that books call-backs and sends texts; the other ports that it implements are
/// in files of their own.
package struct GenesysClient: ContactCentre {
  package struct Configuration: Sendable {
    package var hosts: GenesysHosts
    /// The queue that call-backs go to: a UUID.
    package var callbackQueueID: String
    /// The provisioned number that texts come from, in E.164.
    package var smsFrom: String
    /// Whether a text joins a conversation that is going on with the same number.
    package var joinsActiveConversation = false
    /// What e-mails come from: an address of a domain for campaigns and agentless e-mails. Nil sends none.
    package var emailFrom: String?
    package var emailFromName: String?
    /// What may be written into participants' attributes.
    package var attributes = AttributeRules()
    package var contactFields = ContactFields()
    /// The participant attribute in which flows put the shop's own id of a customer (guide 3, section 2).
    package var customerAttribute = "user_id"
    /// The longest that one call may take; the deadline of the call is obeyed besides.
    package var timeout = Duration.seconds(10)
    /// How long a call may wait for the rate limit; a longer wait is answered as not done.
    package var longestWait = Duration.seconds(2)
    /// How far the clocks may differ where `findCallback` looks for what began at a certain time.
    package var clockTolerance = Duration.seconds(60)

    package init(hosts: GenesysHosts, callbackQueueID: String, smsFrom: String) {
      self.hosts = hosts
      self.callbackQueueID = callbackQueueID
      self.smsFrom = smsFrom
    }
  }

  /// What the custom fields of external contacts are called that show a return. In practice their names end in their
  /// type.
  package struct ContactFields: Sendable {
    package struct Schema: Sendable, Hashable {
      package var id: String
      package var version: Int

      package init(id: String, version: Int) {
        self.id = id
        self.version = version
      }
    }

    package var returnRequestID = "return_request_id_text"
    package var rmaStatus = "rma_status_text"
    package var returnCreatedAt = "return_created_at_datetime"
    /// Given to contacts that have none; without it those stay as they are.
    package var schema: Schema?

    package init() {}
  }

  /// The participant attribute that holds our reference.
  package static let referenceAttribute = "ringback_reference"
  package static let orderAttribute = "ringback_order_id"
  /// Of an SMS.
  package static let longestText = 765

  private static let largestSearch = 40

  let configuration: Configuration
  let calls: GenesysCalls
  let logger: Logger
  private let time: any TimeSource

  /// - Parameters:
  ///   - tokens: made from `configuration.hosts.tokenEndpoint`. A 401 has it fetch a new one, once.
  ///   - logger: is told of refusals, with their code and correlation id.
  package init(
    _ configuration: Configuration, http: any HTTPRequesting, tokens: AccessTokenSource, time: any TimeSource,
    random: any RandomSource, logger: Logger = .none
  ) {
    self.configuration = configuration
    self.time = time
    self.logger = logger
    calls = GenesysCalls(configuration, http: http, tokens: tokens, time: time, random: random, logger: logger)
  }

  /// `POST /api/v2/conversations/callbacks`. The order number travels as an attribute so that the agent sees it; the
  /// number and the name go where Genesys Cloud keeps such data and nowhere else.
  package func bookCallback(
    _ callback: Callback, reference: String, context: CallContext
  ) async throws(ContactCentreError) -> String {
    var data = [(name: Self.referenceAttribute, value: reference)]
    if let order = callback.orderID { data.append((Self.orderAttribute, order.rawValue)) }
    do throws(GenesysCallError) {
      var command: [JSONValue.Member] = [
        .init("routingData", ["queueId": .string(configuration.callbackQueueID)]),
        .init("callbackNumbers", [.string(callback.number)]), .init("validateCallbackNumbers", true),
        .init("data", try configuration.attributes.checked(data)),
      ]
      if let name = callback.name { command.append(.init("callbackUserName", .string(name))) }
      if let at = callback.at { command.append(.init("callbackScheduledTime", .string("\(at)"))) }
      let answer = try await calls.post("/api/v2/conversations/callbacks", .object(command), context: context)
      guard let id = answer["conversation"]?["id"]?.string, !id.isEmpty else { throw .unreadable }
      return id
    } catch {
      throw ContactCentreError(error)
    }
  }

  /// `POST /api/v2/conversations/participants/attributes/search`. The search takes times and no attributes (it answers
  /// 400 `Search not supported` to those), so the conversations of that time are read and compared here.
  ///
  /// It reads an index that lags behind by seconds: nil soon after a booking does not prove that there is none.
  ///
  /// - Throws: only `notDone`: asking again is always safe.
  package func findCallback(
    reference: String, triedAt: Timestamp, context: CallContext
  ) async throws(ContactCentreError) -> String? {
    // No more than that: a page costs a request, and a busy contact centre has many pages an hour.
    let start = triedAt - configuration.clockTolerance
    let end = triedAt + configuration.timeout + configuration.clockTolerance
    var cursor: String?
    for _ in 0..<Self.largestSearch {
      var body: [JSONValue.Member] = [
        .init(
          "query",
          [
            [
              "type": "DATE_RANGE", "fields": ["startTime"],
              "startValue": .string("\(start)"), "endValue": .string("\(end)"),
            ]
          ])
      ]
      if let cursor { body.append(.init("cursor", .string(cursor))) }
      let page = try await search(.object(body), context)
      // No results at all are sometimes left out.
      let rows = page["results"]?.array ?? []
      if let row = rows.first(where: { Self.holds(reference, $0) }) { return row["conversationId"]?.string }
      guard let next = page["cursor"]?.string, !next.isEmpty, next != cursor, !rows.isEmpty else { return nil }
      cursor = next
    }
    throw .notDone(reason: "there are too many conversations to find one by its reference", retryAfter: nil)
  }

  private func search(_ body: JSONValue, _ context: CallContext) async throws(ContactCentreError) -> JSONValue {
    do throws(GenesysCallError) {
      return try await calls.post("/api/v2/conversations/participants/attributes/search", body, context: context)
    } catch {
      throw .notDone(reason: error.reason, retryAfter: error.retryAfter)
    }
  }

  private static func holds(_ reference: String, _ row: JSONValue) -> Bool {
    (row["participantData"]?.array ?? []).contains {
      $0["participantAttributes"]?[referenceAttribute]?.string == reference
    }
  }

  /// `POST /api/v2/conversations/messages/agentless`. Where Genesys Cloud says in its answer that the recipient has opted
  /// out, the text is refused. Mostly it takes the text and says so later, in the receipts of the message, which have to
  /// be asked for.
  package func sendText(_ text: TextMessage, context: CallContext) async throws(ContactCentreError) -> String {
    guard text.body.utf16.count <= Self.longestText else {
      throw .refused(reason: "the text has more than \(Self.longestText) characters")
    }
    let answer: JSONValue
    do throws(GenesysCallError) {
      answer = try await calls.post(
        "/api/v2/conversations/messages/agentless",
        [
          "fromAddress": .string(configuration.smsFrom), "toAddress": .string(text.number),
          "toAddressMessengerType": "sms", "textBody": .string(text.body),
          "useExistingActiveConversation": .bool(configuration.joinsActiveConversation),
        ], context: context)
    } catch {
      throw error.isOptOut ? Self.optedOut : ContactCentreError(error)
    }
    if Self.saysOptedOut(answer["message"]) { throw Self.optedOut }
    guard let id = answer["id"]?.string, !id.isEmpty else { throw ContactCentreError(.unreadable) }
    return id
  }

  private static let optedOut = ContactCentreError.refused(reason: "opted out")

  /// - Parameter message: the SDK's `MessageData`.
  private static func saysOptedOut(_ message: JSONValue?) -> Bool {
    (message?["normalizedReceipts"]?.array ?? []).contains { receipt in
      receipt["reasons"]?.array?.contains { $0["code"]?.string == "RecipientOptedOut" } == true
    }
  }
}
