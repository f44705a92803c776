import Core
import HTTPMessages
import HTTPServer

/// An answer as it is kept: the fields that tell how to read it and where what was made is, and the body.
///
/// The form is a JSON object of the fields, a zero byte, the body.
struct StoredResponse {
  private static let kept = ["content-type", "location"]

  private let fields: [JSONValue.Member]
  private let body: [UInt8]

  init(_ response: Response) {
    fields = Self.kept.compactMap { name in response.headers[name].map { .init(name, .string($0)) } }
    body = response.body
  }

  init?(bytes: [UInt8]) {
    guard let end = bytes.firstIndex(of: 0), let value = try? JSONValue(parsing: bytes[..<end]),
      let members = value.members
    else { return nil }
    fields = members
    body = Array(bytes[(end + 1)...])
  }

  var bytes: [UInt8] { JSONValue.object(fields).bytes + [0] + body }

  func response(status: Int) -> Response {
    var response = Response(status: status, body: body)
    for field in fields { response.headers[field.name] = field.value.string }
    response.headers["idempotency-replayed"] = "true"
    return response
  }
}
