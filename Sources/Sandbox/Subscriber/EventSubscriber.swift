import Core
import HTTPMessages
import HTTPServer
import Security

/// A subscriber of events, as somebody who follows Standard Webhooks would write one: it takes what is signed with its
/// secret and not older or newer than five minutes, and answers 401 to anything else. `/_journal/subscriber` has what came.
struct EventSubscriber: SimulatedVendor {
  /// Not a secret: the same for every sandbox.
  static let secret = "whsec_cmluZ2JhY2sgc2FuZGJveCwgbm90IGEgc2VjcmV0ISE="
  private static let tolerance: Int64 = 300

  let time: any TimeSource

  func answer(_ request: VendorRequest) -> Response {
    guard request.method == .post else {
      return Response(status: 405, headers: ["allow": "POST"])
    }
    guard let id = request.headers["webhook-id"], let timestamp = request.headers["webhook-timestamp"],
      let signatures = request.headers["webhook-signature"], let seconds = Int64(timestamp)
    else { return .json(["error": "the webhook- header fields are missing"], status: 401) }
    guard abs(time.now.seconds - seconds) <= Self.tolerance else {
      return .json(["error": "the timestamp is not of now"], status: 401)
    }
    guard let key = Base64.standard.decode(Self.secret.dropFirst("whsec_".count)) else {
      preconditionFailure("the secret decodes")
    }
    let content = Array("\(id).\(timestamp).".utf8) + request.body
    let isSigned = signatures.split(separator: " ").contains { signature in
      guard signature.hasPrefix("v1,"), let code = Base64.standard.decode(signature.dropFirst(3)) else { return false }
      return HMACSHA256.isValid(code, for: content, key: key)
    }
    return isSigned ? .json(["received": .string(id)]) : .json(["error": "no signature fits"], status: 401)
  }
}
