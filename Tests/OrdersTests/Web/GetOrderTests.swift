import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Orders

@Suite struct GetOrderTests {
  @Test func answersExactlyThis() async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.get("/v1/orders/839201")
    #expect(answer.status == 200)
    #expect(
      answer.text == """
        {"order_id":"ORD-839201","order_status":"shipped","fulfillment_date":"2026-11-20",\
        "total_amount":{"value":"129.90","currency":"EUR"},\
        "items":[{"sku":"SKU-12345","quantity":1,"title":"Rain jacket"}],\
        "tracking":{"carrier":"DHL","number":"00340434161094042557"},\
        "return_eligible":true,"return_eligible_until":"2026-12-20","freshness":"live",\
        "as_of":"2026-11-21T12:00:00.000Z",\
        "speech":"Your order O R D, 8 3 9, 2 0 1 is on its way. It shipped on Friday the twentieth of November. \
        The total is 129 euros and 90 cents. You may return it until Sunday the twentieth of December."}
        """)
    for (name, value) in [
      ("content-type", "application/json"), ("cache-control", "no-store"), ("content-language", "en"),
      ("vary", "accept-language"),
    ] {
      #expect(answer.response.headers[name] == value)
    }
  }

  @Test func whatIsNotKnownIsNull() async throws {
    let fixture = try await FeatureFixture()
    fixture.platform.step = .orders([
      .sample.with { ($0.fulfillmentDate, $0.tracking, $0.returnEligibleUntil) = (nil, nil, nil) }
    ])
    let json = await fixture.get("/v1/orders/ORD-839201").json
    for name in ["fulfillment_date", "tracking", "return_eligible_until"] { #expect(json[name] == .null) }
    #expect(json["speech"]?.string?.contains("Not yet processed") == true)
  }

  /// The written answer is kept by language and freshness; each pair has its own.
  @Test func keptAnswersAreNotMixedUp() async throws {
    let fixture = try await FeatureFixture()
    let german: Headers = ["accept-language": "de"]
    #expect(await fixture.get("/v1/orders/ORD-839201").json["freshness"] == "live")
    for _ in 0..<2 {
      let english = await fixture.get("/v1/orders/ORD-839201")
      #expect(english.json["freshness"] == "cached")
      #expect(english.json["speech"]?.string?.hasPrefix("Your order") == true)
      let other = await fixture.get("/v1/orders/ORD-839201", german)
      #expect(other.response.headers["content-language"] == "de")
      #expect(other.json["speech"]?.string?.hasPrefix("Ihre Bestellung") == true)
    }
    fixture.time.advance(by: .seconds(61))
    fixture.platform.step = .failure(.timedOut)
    let stale = await fixture.get("/v1/orders/ORD-839201")
    #expect(stale.json["freshness"] == "stale")
    #expect(stale.json["as_of"] == "2026-11-21T12:00:00.000Z")
    #expect(stale.json["speech"]?.string?.hasSuffix("a few minutes ago.") == true)
    fixture.platform.step = .orders([.sample.with { $0.status = .delivered }])
    #expect(await fixture.get("/v1/orders/ORD-839201").json["order_status"] == "delivered")
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    let error: OrderPlatformError
    let status: Int
    let code: String
    let detail: String
    let retryAfter: String?
    var testDescription: String { "\(error)" }
  }

  @Test(arguments: [
    Failure(
      error: .timedOut, status: 504, code: "platform_timeout",
      detail: "The shop platform did not answer within 10 s. Offer the caller a call back.", retryAfter: nil),
    Failure(
      error: .unavailable(reason: "secret"), status: 503, code: "platform_unavailable",
      detail: "The shop platform did not answer as it should. Offer the caller a call back.", retryAfter: "1"),
    Failure(
      error: .unauthorized(reason: "secret"), status: 503, code: "platform_unavailable",
      detail: "The shop platform did not answer as it should. Offer the caller a call back.", retryAfter: "1"),
    Failure(
      error: .throttled(retryAfter: .seconds(7)), status: 503, code: "platform_unavailable",
      detail:
        "The shop platform asks to be called less often; it can be asked again in 7 s. Offer the caller a call back.",
      retryAfter: "7"),
  ])
  func tellsWhyThereIsNoAnswer(_ failure: Failure) async throws {
    let fixture = try await FeatureFixture()
    fixture.platform.step = .failure(failure.error)
    let answer = await fixture.get("/v1/orders/ORD-839201")
    #expect(answer.status == failure.status)
    #expect(answer.code == failure.code)
    #expect(answer.json["detail"]?.string == failure.detail)
    #expect(answer.response.headers["retry-after"] == failure.retryAfter)
    #expect(!answer.text.contains("secret"))
  }

  @Test func anOpenBreakerSaysWhenToComeBack() async throws {
    let fixture = try await FeatureFixture()
    fixture.platform.step = .failure(.timedOut)
    for index in 0..<5 { _ = await fixture.get("/v1/orders/ORD-10000\(index)") }
    fixture.time.advance(by: .milliseconds(2_500))
    let answer = await fixture.get("/v1/orders/ORD-839201")
    #expect(answer.status == 503)
    #expect(
      answer.json["detail"]
        == "Five calls in a row failed; Ringback tries again in 13 s. Offer the caller a call back.")
    #expect(answer.response.headers["retry-after"] == "13")
    #expect(fixture.platform.calls.count == 5)
  }

  @Test(arguments: ["ORD-8392", "ORD_839201", "%00%00%00%00%00%00%00%00", "%D0%9ERD-839201", "ORD-839201%20X"])
  func refusesWhatIsNoNumber(_ number: String) async throws {
    let fixture = try await FeatureFixture()
    let answer = await fixture.get("/v1/orders/\(number)")
    #expect(answer.status == 422)
    #expect(answer.code == "order_id_invalid")
    #expect(fixture.platform.calls.isEmpty)
  }

  @Test(
    arguments: [
      (CallerVerification.callerNumber, ["x-caller": "+49309999999"] as Headers, nil, ["x-caller": "tel:+49301234567"]),
      (.callerNumber, [:], nil, ["x-caller": "+49301234567"]),
      (.postalCode, ["x-postal-code": "99999"], nil, ["x-postal-code": "10 115"]),
      (.postalCode, [:], "postal_code=99999", ["x-postal-code": "10115"]),
    ] as [(CallerVerification, Headers, String?, Headers)])
  func anotherCustomersOrderLooksUnknown(
    _ verification: CallerVerification, _ stranger: Headers, _ query: String?, _ owner: Headers
  ) async throws {
    let fixture = try await FeatureFixture { $0.verification = verification }
    let unknown = await fixture.get("/v1/orders/ORD-999999", query: query, stranger)
    let foreign = await fixture.get("/v1/orders/ORD-839201", query: query, stranger)
    #expect(unknown.status == 404)
    #expect(unknown.code == "order_not_found")
    #expect(foreign.status == 404)
    #expect(foreign.response.body == unknown.response.body)
    #expect(Array(foreign.response.headers).map(\.value) == Array(unknown.response.headers).map(\.value))
    #expect(await fixture.get("/v1/orders/ORD-839201", owner).status == 200)
  }

  @Test func thePostalCodeMayStandInTheQuery() async throws {
    let fixture = try await FeatureFixture { $0.verification = .postalCode }
    #expect(await fixture.get("/v1/orders/ORD-839201", query: "postal_code=101%2015").status == 200)
  }

  @Test func fiveMissesAndNoMore() async throws {
    let fixture = try await FeatureFixture()
    let caller: Headers = ["x-caller": "+15550001111"]
    for index in 0..<5 { #expect(await fixture.get("/v1/orders/ORD-90000\(index)", caller).status == 404) }
    let answer = await fixture.get("/v1/orders/ORD-839201", caller)
    #expect(answer.status == 429)
    #expect(answer.code == "too_many_attempts")
    #expect(answer.response.headers["retry-after"] == "900")
    #expect(await fixture.get("/v1/orders/ORD-839201", ["x-caller": "+15550002222"]).status == 200)
  }

  @Test func nothingPersonalIsAnsweredOrLogged() async throws {
    let fixture = try await FeatureFixture { $0.verification = .postalCode }
    var text = ""
    for proof in ["10115", "20222"] {
      let answer = await fixture.get("/v1/orders/ORD-839201", ["x-postal-code": proof, "x-caller": "+49301234567"])
      text += answer.text
    }
    for personal in ["10115", "20222", "1234567"] { #expect(!(text + fixture.written.text).contains(personal)) }
  }
}
