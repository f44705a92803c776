import Core
import HTTPClient
import HTTPMessages
import Loyalty
import Testing

@testable import GenesysCloud

@Suite struct CustomersTests {
  private static let conversation = "0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"
  private static let contact = "7e1c6b1e-93f5-4f0c-8d0b-5b1f2f1c0a01"

  let bench = Bench()

  private func customer(
    of conversation: String = conversation, by client: GenesysClient
  ) async -> Result<String?, ConversationCustomerError> {
    do throws(ConversationCustomerError) {
      return .success(try await client.customerID(ofConversation: conversation, context: bench.context()))
    } catch {
      return .failure(error)
    }
  }

  @Test(
    arguments: [
      (#""attributes":{"user_id":"u-4711"}"#, "user_id", "u-4711"),
      (#""attributes":{"user_id":"u-4711"},"external_contact_id":"\#(contact)""#, "user_id", "u-4711"),
      (#""attributes":{"user_id":"","shop_id":"s-1"},"external_contact_id":"\#(contact)""#, "user_id", contact),
      (#""attributes":{"user_id":"","shop_id":"s-1"}"#, "shop_id", "s-1"),
      (#""attributes":{"other":"x"}"#, "user_id", nil),
      (#""number":"+4930123456701""#, "user_id", nil),
    ] as [(String, String, String?)])
  func isTheAttributeOrTheExternalContact(_ members: String, _ attribute: String, _ expected: String?) async {
    await bench.control(.post, "/_genesys/conversations", #"{"id":"\#(Self.conversation)",\#(members)}"#)
    let client = bench.client { $0.customerAttribute = attribute }
    #expect(await customer(by: client) == .success(expected))
    // Its end changes nothing: the events that earn come then.
    await bench.control(.post, "/_genesys/conversations/\(Self.conversation)/end")
    #expect(await customer(by: client) == .success(expected))
  }

  @Test func isNotSomebodyWhoWasAskedForAdvice() throws {
    let json: JSONValue = [
      "participants": [
        ["id": "5e2c9a4d-1b7f-4e38-a6c0-93d8f1b2c7e4", "purpose": "external", "attributes": ["user_id": "u-adviser"]],
        [
          "id": "6d4b1f0e-8a53-4c6e-9d0b-5f0a2f3c7a11", "purpose": "customer", "endTime": "2026-11-21T10:00:00Z",
          "attributes": [:],
        ],
      ]
    ]
    #expect(GenesysConversation(json)?.customers.map(\.id) == ["6d4b1f0e-8a53-4c6e-9d0b-5f0a2f3c7a11"])
  }

  @Test func whatIsNotThereIsFinalAndWhatFailsIsNot() async {
    let client = bench.client()
    guard case .failure(.refused) = await customer(by: client) else {
      Issue.record("there is no such conversation")
      return
    }
    #expect(
      await customer(of: "../users", by: client) == .failure(.refused(reason: "this is no id of a conversation")))
    for status in [401, 403, 429, 500, 503] {
      bench.http.answerNext(.get, status: status, times: 2)
      guard case .failure(.unavailable) = await customer(by: bench.client()) else {
        Issue.record("\(status)")
        continue
      }
      bench.http.answerNext(.get, status: 200, times: 0)
    }
  }
}
