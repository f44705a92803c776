import Core
import HTTPClient
import HTTPMessages
import HTTPServer
import Security
import Testing

@testable import Sandbox

@Suite struct GenesysEventTests {
  let receiver = WebhookReceiver()

  private func bench() -> Bench {
    let bench = Bench(receiver: receiver)
    bench.sandbox.sendWebhooks(of: .genesys, to: "http://ringback/v1/webhooks/genesys")
    return bench
  }

  private func send(_ body: String, by bench: Bench) async -> JSONValue {
    let answer = await bench.send(.post, "/_genesys/events", body: body)
    #expect(answer.status == 201, "\(answer.text)")
    return answer.json
  }

  private func attempts(_ bench: Bench) async -> Int {
    await bench.deliveries("genesys").reduce(0) { $0 + ($1["attempts"]?.array?.count ?? 0) }
  }

  private func arrive(_ count: Int) async throws -> [OutgoingRequest] {
    while receiver.received.count < count { try await Task.sleep(for: .milliseconds(1)) }
    return receiver.received
  }

  @Test(arguments: GenesysEventShape.allCases)
  func eachShapeHasItsFormAndItsKey(_ shape: GenesysEventShape) async throws {
    let bench = bench()
    let sent = await send(
      #"{"shape":"\#(shape.rawValue)","event_id":"e-1","conversation_id":"c-1","customer_id":"u-1"}"#, by: bench)
    let request = try #require(try await arrive(1).first)
    let body = try JSONValue(parsing: request.body ?? [])
    #expect(body == sent["body"])
    switch shape {
    case .interaction:
      #expect(body["event_id"] == "e-1" && body["interaction_id"] == "c-1")
      #expect(body["type"] == "WebChat" && body["state"] == "closed")
    case .eventBridge:
      #expect(
        body.members?.map(\.name)
          == ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"])
      #expect(body["detail-type"] == "v2.detail.events.conversation.{id}.customer.end")
      #expect(body["detail"]?["topicName"] == "v2.detail.events.conversation.c-1.customer.end")
      #expect(body["detail"]?["eventBody"]?["eventTime"]?.integer == 1_795_253_400_000)
    case .dataAction: #expect(body["customer_id"] == "u-1" && body["conversation_id"] == "c-1")
    case .openMessaging:
      #expect(body["channel"]?["platform"] == "Open" && body["direction"] == "Outbound")
      let signature = try #require(request.headers["x-hub-signature-256"])
      let code = try #require(Base64.standard.decode(signature.dropFirst("sha256=".count)))
      #expect(HMACSHA256.isValid(code, for: request.body ?? [], key: Array("genesys-signature-secret-token".utf8)))
    }
    #expect((request.headers["x-api-key"] == nil) == (shape == .openMessaging))
  }

  @Test func copiesComeAtOnceWithOneId() async throws {
    let bench = bench()
    _ = await send(#"{"event_id":"e-1","copies":10}"#, by: bench)
    let bodies = Set(try await arrive(10).map(\.body))
    #expect(bodies.count == 1)
  }

  /// The guide: up to five times in 24 hours; 429 has it wait as long as it is asked to.
  @Test func theGuidesWebhookIsTriedFiveTimesMore() async {
    let bench = bench()
    receiver.answer(.success(503), .success(503), .success(503), .success(503), .success(503), .success(503))
    _ = await send("{}", by: bench)
    var pauses: [Int64] = []
    for count in 1...6 {
      while await attempts(bench) < count { try? await Task.sleep(for: .milliseconds(1)) }
      guard let next = await bench.deliveries("genesys").first?["next_attempt_at"]?.string.flatMap({ Timestamp($0) })
      else { break }
      pauses.append((next - bench.time.now).components.seconds)
      while bench.time.sleeperCount < 1 { try? await Task.sleep(for: .milliseconds(1)) }
      bench.time.advance(by: next - bench.time.now)
    }
    #expect(pauses == [60, 600, 3_600, 18_000, 63_000])
    #expect(pauses.reduce(0, +) <= 86_400)
    #expect(await bench.deliveries("genesys").first?["state"] == "failed")
  }

  @Test(arguments: [
    ("interaction", 429, 300), ("interaction", 503, 60), ("open_messaging", 429, 5), ("eventbridge", 429, 300),
  ])
  func onlyA429ExtendsAPause(_ shape: String, _ status: Int, _ pause: Int64) async {
    let bench = bench()
    receiver.askToWait(300)
    receiver.answer(.success(status))
    _ = await send(#"{"shape":"\#(shape)"}"#, by: bench)
    while await attempts(bench) < 1 { try? await Task.sleep(for: .milliseconds(1)) }
    let next = await bench.deliveries("genesys").first?["next_attempt_at"]?.string.flatMap { Timestamp($0) }
    #expect(next.map { ($0 - bench.time.now).components.seconds } == pause)
  }

  @Test func aDataActionIsSentOnce() async {
    let bench = bench()
    receiver.answer(.success(503))
    _ = await send(#"{"shape":"data_action"}"#, by: bench)
    while await attempts(bench) < 1 { try? await Task.sleep(for: .milliseconds(1)) }
    #expect(await bench.deliveries("genesys").first?["state"] == "failed")
  }

  @Test(arguments: [#"{"shape":"email"}"#, #"{"copies":0}"#, #"{"copies":1001}"#])
  func whatCannotBeSentIsRefused(_ body: String) async {
    #expect(await bench().send(.post, "/_genesys/events", body: body).status == 422)
  }

  @Test func tokensEndWhenTheyAreToldTo() async {
    let bench = bench()
    _ = await bench.send(.put, "/_limits", body: #"{"genesys_token_seconds":5}"#)
    let headers: Headers = ["authorization": "Bearer \(await bench.genesysToken())"]
    let path = "/genesys/api/v2/conversations/0b8f6a54-11f0-4f0a-9c35-6d6c6f1f5a10"
    #expect(await bench.send(.get, path, headers).status == 404)
    bench.time.advance(by: .seconds(5))
    #expect(await bench.send(.get, path, headers).status == 401)
  }
}
