import Core
import Foundation
import HTTPMessages
import Testing

@testable import Events

@Suite struct StandardWebhooksTests {
  /// The example of the reference libraries' own tests; its secret has 24 bytes.
  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  @Test func theReferenceVector() {
    let headers = StandardWebhooks.headers(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Timestamp(seconds: 1_614_265_330),
      body: Array(#"{"test": 2432232314}"#.utf8),
      secrets: [WebhookSecret(valid: Self.secret)])
    #expect(headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek")
    #expect(headers["webhook-timestamp"] == "1614265330")
    #expect(headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test(arguments: [
    "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa", "whsec_short===",
    "whsec_" + Base64.standard.encode([UInt8](repeating: 1, count: 65)),
  ])
  func noSecrets(_ text: String) {
    #expect(WebhookSecret(Redacted(text)) == nil)
  }

  @Test func aSecretIsNotShown() {
    #expect(!String(reflecting: WebhookSecret(valid: Self.secret)).contains("MfKQ"))
    var dumped = ""
    dump(WebhookSecret(valid: Self.secret), to: &dumped)
    #expect(dumped.contains("[redacted]"))
  }

  /// The code that the how-to gives to subscribers takes what we sign, and refuses the rest.
  @Test func theExampleOfTheHowToWorks() throws {
    let page = try String(contentsOf: Self.root.appending(path: "docs/how-to/subscribe-to-events.md"), encoding: .utf8)
    let start = try #require(page.range(of: "```python\n"))
    let example = page[start.upperBound...].prefix(
      upTo: try #require(page[start.upperBound...].range(of: "```")).lowerBound)
    let body = #"{"type":"return.closed"}"#
    let now = SystemTime().now
    let headers = StandardWebhooks.headers(
      id: "evt_1", at: now, body: Array(body.utf8),
      secrets: [WebhookSecret(valid: Bench.secret), WebhookSecret(valid: Self.secret)])
    let old = StandardWebhooks.headers(
      id: "evt_1", at: now - .seconds(400), body: Array(body.utf8), secrets: [WebhookSecret(valid: Self.secret)])
    let signature = headers["webhook-signature"] ?? ""
    let check = """
      secret = "\(Self.secret)"
      good = {"webhook-id": "evt_1", "webhook-timestamp": "\(now.seconds)", "webhook-signature": "\(signature)"}
      old = {"webhook-id": "evt_1", "webhook-timestamp": "\((now - .seconds(400)).seconds)",
             "webhook-signature": "\(old["webhook-signature"] ?? "")"}
      body = b'\(body)'
      print(is_ours(good, body, secret), is_ours(good, body + b" ", secret), is_ours(old, body, secret),
            is_ours({**good, "webhook-id": "evt_2"}, body, secret))
      """
    let python = Process()
    python.executableURL = URL(filePath: "/usr/bin/env")
    python.arguments = ["python3", "-c", example + "\n" + check]
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    python.waitUntilExit()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(printed == "True False False False\n")
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}
