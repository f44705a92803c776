import Core
import FoundationEssentials
import Glibc
import HTTPMessages
import Webhooks

extension Verb {
  static let webhookSign = Verb(
    name: "webhook sign", summary: "Sign a body from standard input as a vendor does, and show the header fields.",
    details: """
      For curl: ringback webhook sign --source guide-shop --secret-file SECRET < body.json > headers.txt
      curl -H @headers.txt --data-binary @body.json http://127.0.0.1:8080/v1/webhooks/guide-shop
      """,
    options: [
      Option(
        name: "source", value: "SOURCE", summary: WebhookVendor.allCases.map(\.rawValue).joined(separator: ", ") + "."),
      Option(name: "secret-file", value: "FILE", summary: "The file that holds the secret."),
      Option(name: "topic", value: "TOPIC", summary: "What it is about (default: returns/approve)."),
      Option(name: "id", value: "ID", summary: "The vendor's id of the delivery; made up if not given."),
      Option(name: "timestamp", value: "TIME", summary: "Unix seconds or RFC 3339 (default: now)."),
    ]
  ) { invocation in
    guard let vendor = WebhookVendor(rawValue: invocation.value("source") ?? "") else {
      let names = WebhookVendor.allCases.map(\.rawValue)
      let guess = nearestNameHint(for: invocation.value("source") ?? "", among: names)
      throw CommandFailure(.usage, "--source takes \(names.joined(separator: ", ")).\(guess)")
    }
    let scheme = vendor.scheme(tolerance: .seconds(300))
    let key = try key(scheme, file: invocation.value("secret-file"))
    let draft = DeliveryDraft(
      id: invocation.value("id") ?? IdentifierSource(time: SystemTime(), random: SystemRandom()).make("evt"),
      topic: invocation.value("topic") ?? "returns/approve", sentAt: try time(invocation.value("timestamp")),
      body: standardInput())
    do {
      let headers = try scheme.sign(draft, key: key)
      for (name, value) in headers { invocation.terminal.say("\(name): \(value)") }
      invocation.terminal.record(.object(headers.map { .init($0.name, .string($0.value)) }))
      return .success
    } catch {
      throw CommandFailure(.usage, "The file holds a public key, which verifies and does not sign.")
    }
  }

  private static func key(_ scheme: any SignatureScheme, file: String?) throws(CommandFailure) -> WebhookKey {
    guard let file, let bytes = FileManager.default.contents(atPath: file) else {
      throw CommandFailure(.usage, "--secret-file names no file that can be read.")
    }
    let secret = Redacted(String(String(decoding: bytes, as: UTF8.self)[...].trimmed))
    guard let key = scheme.key(from: secret) else {
      throw CommandFailure(.usage, "\(file) holds no secret of this source.")
    }
    return key
  }

  private static func time(_ text: String?) throws(CommandFailure) -> Timestamp {
    guard let text else { return SystemTime().now }
    guard let time = Int64(text).map({ Timestamp(seconds: $0) }) ?? Timestamp(text) else {
      throw CommandFailure(.usage, "--timestamp \(text) is no time. Write Unix seconds or 2026-11-20T09:30:00Z.")
    }
    return time
  }

  private static func standardInput() -> [UInt8] {
    var input: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(STDIN_FILENO, &part, part.count)
      guard count > 0 else { return input }
      input += part[..<count]
    }
  }
}
