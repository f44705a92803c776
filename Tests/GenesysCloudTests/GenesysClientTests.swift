import Core
import HTTPClient
import HTTPMessages
import Orders
import Testing

@testable import GenesysCloud

@Suite struct GenesysClientTests {
  let bench = Bench()

  // MARK: - What is sent

  @Test func booksACallback() async throws {
    let at = try #require(Timestamp("2026-11-21T15:30:00Z"))
    let id = try await bench.client().bookCallback(
      .of("+4930123456701", at: at), reference: "cb_01K", context: bench.context())
    #expect(!id.isEmpty)
    let request = try #require(bench.http.sent.last)
    #expect(request.url == "http://sandbox/genesys/api/v2/conversations/callbacks")
    #expect(request.headers["authorization"]?.hasPrefix("Bearer ") == true)
    #expect(request.headers["x-request-id"] == "call-77")
    #expect(request.headers["traceparent"] != nil)
    #expect(
      try JSONValue(parsing: request.body ?? [])
        == [
          "routingData": ["queueId": .string(Bench.queue)], "callbackNumbers": ["+4930123456701"],
          "validateCallbackNumbers": true,
          "data": ["ringback_reference": "cb_01K", "ringback_order_id": "ORD-839201"], "callbackUserName": "Alex",
          "callbackScheduledTime": "2026-11-21T15:30:00.000Z",
        ])
    let inbox = await bench.control(.get, "/_inbox").text
    #expect(inbox.contains(id))
    #expect(inbox.contains("cb_01K"))
  }

  @Test func aCallbackForNowHasNoTime() async throws {
    _ = try await bench.client().bookCallback(
      Callback(number: "+4930123456701", name: nil, orderID: nil, at: nil), reference: "r", context: bench.context())
    let body = try JSONValue(parsing: try #require(bench.http.sent.last?.body))
    #expect(body["callbackScheduledTime"] == nil)
    #expect(body["callbackUserName"] == nil)
    #expect(body["data"] == ["ringback_reference": "r"])
  }

  @Test func sendsAText() async throws {
    let id = try await bench.client().sendText(.hello, context: bench.context())
    let request = try #require(bench.http.sent.last)
    #expect(request.url == "http://sandbox/genesys/api/v2/conversations/messages/agentless")
    #expect(
      try JSONValue(parsing: request.body ?? [])
        == [
          "fromAddress": "+15550100", "toAddress": "+4930123456701", "toAddressMessengerType": "sms",
          "textBody": "Your order is on its way.", "useExistingActiveConversation": false,
        ])
    #expect(await bench.control(.get, "/_inbox").text.contains(id))
  }

  @Test func aTextThatIsTooLongIsRefusedUnsent() async throws {
    let long = TextMessage(number: "+4930123456701", body: String(repeating: "x", count: 766))
    await #expect(throws: ContactCentreError.refused(reason: "the text has more than 765 characters")) {
      try await bench.client().sendText(long, context: bench.context())
    }
    #expect(bench.http.sent.isEmpty)
    let full = TextMessage(number: "+4930123456701", body: String(repeating: "x", count: 765))
    _ = try await bench.client().sendText(full, context: bench.context())
  }

  // MARK: - Finding a call-back again

  @Test func findsACallbackByItsReference() async throws {
    let client = bench.client()
    let triedAt = bench.time.now
    var ids: [String: String] = [:]
    // More than a page of the search.
    for number in 0..<60 {
      let reference = "cb_\(number)"
      ids[reference] = try await client.bookCallback(
        .of("+4930123456701"), reference: reference, context: bench.context())
    }
    bench.time.advance(by: .seconds(60))
    for reference in ["cb_0", "cb_30", "cb_59"] {
      #expect(
        try await client.findCallback(reference: reference, triedAt: triedAt, context: bench.context())
          == ids[reference])
    }
    #expect(try await client.findCallback(reference: "cb_60", triedAt: triedAt, context: bench.context()) == nil)
    #expect(try await client.findCallback(reference: "cb_", triedAt: triedAt, context: bench.context()) == nil)
  }

  /// A criterion over an attribute is answered with 400 by Genesys Cloud.
  @Test func searchesByTimeAlone() async throws {
    _ = try await bench.client().findCallback(reference: "r", triedAt: bench.time.now, context: bench.context())
    #expect(
      try JSONValue(parsing: try #require(bench.http.sent.last?.body))
        == [
          "query": [
            [
              "type": "DATE_RANGE", "fields": ["startTime"], "startValue": "2026-11-21T09:59:00.000Z",
              "endValue": "2026-11-21T10:01:10.000Z",
            ]
          ]
        ])
  }

  /// The server may have been down over night.
  @Test func aCallbackOfLongAgoIsFoundAmongThoseOfItsTime() async throws {
    let client = bench.client()
    let triedAt = bench.time.now
    let id = try await client.bookCallback(.of("+4930123456701"), reference: "old", context: bench.context())
    bench.time.advance(by: .seconds(9 * 3_600))
    #expect(try await client.findCallback(reference: "old", triedAt: triedAt, context: bench.context()) == id)
    let later = triedAt + .seconds(300)
    #expect(try await client.findCallback(reference: "old", triedAt: later, context: bench.context()) == nil)
  }

  @Test(arguments: [#"{"status":500}"#, #"{"status":400}"#, #"{"reset":true}"#, #"{"status":200,"body":"x"}"#])
  func aSearchThatFailsHasDoneNothing(fault: String) async throws {
    let client = bench.client()
    _ = try await client.findCallback(reference: "r", triedAt: bench.time.now, context: bench.context())
    await bench.control(.put, "/_faults/genesys", fault)
    do throws(ContactCentreError) {
      _ = try await client.findCallback(reference: "r", triedAt: bench.time.now, context: bench.context())
      Issue.record("the search succeeded")
    } catch {
      guard case .notDone = error else {
        Issue.record("\(error) is not notDone")
        return
      }
    }
  }

  // MARK: - What failures mean

  @Test(arguments: [
    (
      #"{"status":429,"retry_after":7}"#,
      ContactCentreError.notDone(reason: "Genesys Cloud answered 429 without a code", retryAfter: .seconds(7))
    ),
    (
      #"{"status":503,"retry_after":5}"#,
      .notDone(reason: "Genesys Cloud answered 503 without a code", retryAfter: .seconds(5))
    ),
    (#"{"status":409}"#, .notDone(reason: "Genesys Cloud answered 409 without a code", retryAfter: nil)),
    (#"{"status":403}"#, .notDone(reason: "Genesys Cloud answered 403 without a code", retryAfter: nil)),
    (#"{"status":401}"#, .notDone(reason: "Genesys Cloud answered 401 without a code", retryAfter: nil)),
    (
      #"{"status":400,"body":"{\"code\":\"bad.request\",\"message\":\"+4930123456701 is odd\"}"}"#,
      .refused(reason: "Genesys Cloud answered 400 bad.request")
    ),
    (
      #"{"status":404,"body":"{\"code\":\"<b>4242 4242\"}"}"#,
      .refused(reason: "Genesys Cloud answered 404 without a code")
    ),
    (#"{"status":422}"#, .refused(reason: "Genesys Cloud answered 422 without a code")),
    (#"{"status":408}"#, .unknown(reason: "Genesys Cloud answered 408 without a code")),
    (#"{"status":500}"#, .unknown(reason: "Genesys Cloud answered 500 without a code")),
    (#"{"status":502}"#, .unknown(reason: "Genesys Cloud answered 502 without a code")),
    (#"{"status":504}"#, .unknown(reason: "Genesys Cloud answered 504 without a code")),
    (#"{"status":302}"#, .unknown(reason: "Genesys Cloud answered 302 without a code")),
    (#"{"reset":true}"#, .unknown(reason: "the connection to Genesys Cloud broke: the connection was reset")),
    (
      #"{"status":202,"body":"<html>"}"#,
      .unknown(reason: "Genesys Cloud accepted it with an answer that cannot be read")
    ),
    (#"{"status":202,"body":"{}"}"#, .unknown(reason: "Genesys Cloud accepted it with an answer that cannot be read")),
  ])
  func tellsWhatBecameOfIt(fault: String, error: ContactCentreError) async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    var fault = fault
    fault.removeLast()
    await bench.control(.put, "/_faults/genesys", fault + #","path":"/api"}"#)
    #expect(await bench.failure(client) == error)
  }

  @Test func anAnswerThatNeverComesLeavesItUnknown() async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    await bench.control(.put, "/_faults/genesys", #"{"hang":true,"lose_answer":true}"#)
    async let failure = bench.failure(client)
    // The refresh of the token, the hanging vendor and the time limit.
    await bench.waitForSleepers(3)
    bench.time.advance(by: .seconds(10))
    #expect(await failure == .unknown(reason: "Genesys Cloud did not answer in time"))
  }

  @Test func aLostAnswerIsFoundAgain() async throws {
    let client = bench.client()
    let triedAt = bench.time.now
    _ = try await client.sendText(.hello, context: bench.context())
    await bench.control(.put, "/_faults/genesys", #"{"reset":true,"lose_answer":true,"for_requests":1}"#)
    await #expect(throws: ContactCentreError.self) {
      try await client.bookCallback(.of("+4930123456701"), reference: "lost", context: bench.context())
    }
    #expect(try await client.findCallback(reference: "lost", triedAt: triedAt, context: bench.context()) == nil)
    // The search lags behind.
    bench.time.advance(by: .seconds(6))
    #expect(try await client.findCallback(reference: "lost", triedAt: triedAt, context: bench.context()) != nil)
  }

  @Test func whatWasNotSentWasNotDone() async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    bench.http.failNext(.notSent(reason: "refused"))
    #expect(await bench.failure(client) == nil)
    bench.http.failNext(.notSent(reason: "refused"), .notSent(reason: "refused"))
    #expect(
      await bench.failure(client) == .notDone(reason: "Genesys Cloud cannot be reached: refused", retryAfter: nil))
    let count = bench.http.sent.count
    #expect(await bench.failure(client, deadline: .zero) == .notDone(reason: "there is no time left", retryAfter: nil))
    #expect(bench.http.sent.count == count)
  }

  @Test func aNumberThatDoesNotExistIsRefused() async {
    await #expect(throws: ContactCentreError.refused(reason: "Genesys Cloud answered 400 bad.request")) {
      try await bench.client().bookCallback(.of("12"), reference: "r", context: bench.context())
    }
  }

  @Test func aWrongSecretHasDoneNothing() async {
    #expect(
      await bench.failure(bench.client(secret: "wrong"))
        == .notDone(reason: "sign-in to Genesys Cloud is refused: 401 invalid_client", retryAfter: nil))
  }

  @Test func aTokenThatIsRefusedIsReplacedOnce() async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    await bench.control(.put, "/_faults/genesys", #"{"status":401,"path":"/api","for_requests":1}"#)
    let before = bench.http.sent.count
    #expect(await bench.failure(client) == nil)
    #expect(bench.http.sent.count == before + 3)
  }

  // MARK: - Rate limit

  @Test func stopsBeforeTheLimitIsReached() async throws {
    await bench.control(.put, "/_limits", #"{"genesys_requests_per_minute":40}"#)
    let client = bench.client()
    var sent = 0
    var error: ContactCentreError?
    while error == nil, sent < 100 {
      error = await bench.failure(client)
      if error == nil { sent += 1 }
    }
    #expect(sent == 38)
    guard case .notDone("the rate limit of Genesys Cloud is used up", let wait?) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(wait > .zero && wait <= .seconds(60))
    // The first was the sign-in; not one answer was a 429.
    #expect(bench.http.sent.count == sent + 1)
    bench.time.advance(by: wait)
    #expect(await bench.failure(client) == nil)
  }

  @Test func a429PausesEveryCall() async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    await bench.control(.put, "/_faults/genesys", #"{"status":429,"retry_after":30,"for_requests":1}"#)
    #expect(
      await bench.failure(client)
        == .notDone(reason: "Genesys Cloud answered 429 without a code", retryAfter: .seconds(30)))
    let count = bench.http.sent.count
    #expect(
      await bench.failure(client)
        == .notDone(reason: "the rate limit of Genesys Cloud is used up", retryAfter: .seconds(30)))
    #expect(bench.http.sent.count == count)
    bench.time.advance(by: .seconds(30))
    #expect(await bench.failure(client) == nil)
  }

  @Test func aShortPauseIsWaitedFor() async throws {
    let client = bench.client()
    _ = try await client.sendText(.hello, context: bench.context())
    await bench.control(.put, "/_faults/genesys", #"{"status":429,"retry_after":2,"for_requests":1}"#)
    _ = await bench.failure(client)
    async let failure = bench.failure(client)
    // The refresh of the token, and the call that waits its turn.
    await bench.waitForPause(sleepers: 2)
    bench.time.advance(by: .seconds(2))
    #expect(await failure == nil)
  }
}

@Suite struct GenesysHostsTests {
  @Test(arguments: [
    ("us-east-1", "mypurecloud.com"), ("EU-CENTRAL-1", "mypurecloud.de"), ("mypurecloud.ie", "mypurecloud.ie"),
    ("us-west-2", "usw2.pure.cloud"), ("us-east-2", "use2.us-gov-pure.cloud"), ("ap-southeast-2", "mypurecloud.com.au"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"), ("mx-central-1", "mxc1.pure.cloud"),
  ])
  func regionsHaveHosts(region: String, domain: String) throws {
    let hosts = try #require(GenesysHosts(region: region))
    #expect(hosts.api == "https://api.\(domain)")
    #expect(hosts.login == "https://login.\(domain)")
  }

  @Test func unknownRegionsHaveNone() {
    #expect(GenesysHosts(region: "moon-1") == nil)
    #expect(GenesysHosts.regions.count == 18)
  }

  @Test func aGatewayStandsBeforeBoth() {
    let hosts = GenesysHosts(gateway: "http://127.0.0.1:8090/genesys")
    #expect(hosts.api == hosts.login)
  }
}

@Suite struct GenesysRateLimitTests {
  @Test func keepsAReserve() {
    var limit = GenesysRateLimit()
    #expect(limit.admit(now: .zero) == .zero)
    limit.observe(count: 284, allowed: 300, reset: .seconds(40), now: .zero)
    #expect(limit.admit(now: .zero) == .zero)
    #expect(limit.admit(now: .seconds(10)) == .seconds(30))
    #expect(limit.admit(now: .seconds(40)) == .zero)
  }

  @Test func answersThatOvertakeEachOtherDoNotLowerTheCount() {
    var limit = GenesysRateLimit()
    limit.observe(count: 19, allowed: 20, reset: .seconds(30), now: .zero)
    limit.observe(count: 3, allowed: 20, reset: .seconds(30), now: .zero)
    #expect(limit.admit(now: .zero) == .seconds(30))
  }

  @Test func aNewWindowCountsFromItsStart() {
    var limit = GenesysRateLimit()
    limit.observe(count: 19, allowed: 20, reset: .seconds(30), now: .zero)
    limit.observe(count: 1, allowed: 20, reset: .seconds(60), now: .seconds(29))
    #expect(limit.admit(now: .seconds(29)) == .zero)
  }

  @Test func aLimitOfOneStillLetsOneThrough() {
    var limit = GenesysRateLimit()
    limit.observe(count: 0, allowed: 1, reset: .seconds(60), now: .zero)
    #expect(limit.admit(now: .zero) == .zero)
    #expect(limit.admit(now: .zero) == .seconds(60))
  }

  @Test func theLongestPauseHolds() {
    var limit = GenesysRateLimit()
    limit.pause(for: .seconds(30), now: .zero)
    limit.pause(for: .seconds(5), now: .zero)
    #expect(limit.admit(now: .seconds(10)) == .seconds(20))
    #expect(limit.admit(now: .seconds(30)) == .zero)
  }
}
