import Core
import HTTPMessages
import HTTPServer

/// One vendor as a synchronous machine: what happens on the wire before and after (latency, faults, the journal) is
/// `SandboxVendors`' business. Rules of time are read from the injected clock.
protocol SimulatedVendor: Sendable {
  func answer(_ request: VendorRequest) -> Response
}

/// The simulated vendors and where each is found.
package enum Vendor: String, Sendable, Hashable, CaseIterable {
  case guideShop = "guide-shop"
  case shopify
  case adobeCommerce = "adobe-commerce"
  case commercetools
  case genesys
  /// Of our events.
  case subscriber
}

/// A request as its vendor sees it: without the part of the path that only says which vendor is meant.
struct VendorRequest: Sendable {
  let method: Method
  /// Percent-decoded segments of the path behind `/{vendor}`.
  let segments: [String]
  let query: FormFields
  let headers: Headers
  let body: [UInt8]
  let requestID: String
  /// `http://{Host}`, for links in answers.
  let origin: String

  /// `Authorization: Bearer …`, without the word.
  var bearerToken: String? { headers["authorization"].flatMap { $0.credentials(scheme: "bearer") } }

  /// `Authorization: Basic …`, decoded; RFC 6749 asks that both parts are percent-decoded, and vendors take them as is
  /// too when they do not decode.
  var basicCredentials: (id: String, secret: String)? {
    guard let encoded = headers["authorization"].flatMap({ $0.credentials(scheme: "basic") }),
      let bytes = Base64.standard.decode(encoded), let text = String(validating: bytes, as: UTF8.self),
      let colon = text.firstIndex(of: ":")
    else { return nil }
    let (id, secret) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    return (id.percentDecoded() ?? id, secret.percentDecoded() ?? secret)
  }

  /// The body's fields: a form, or the text members of a JSON object.
  var fields: [String: String]? {
    if headers["content-type"]?.lowercased().hasPrefix("application/json") == true {
      guard let members = (try? JSONValue(parsing: body))?.members else { return nil }
      return Dictionary(members.compactMap { member in member.value.string.map { (member.name, $0) } }) { first, _ in
        first
      }
    }
    guard let form = FormFields(String(decoding: body, as: UTF8.self)) else { return nil }
    return Dictionary(form.pairs.map { ($0.name, $0.value) }) { first, _ in first }
  }
}

extension String {
  fileprivate func credentials(scheme: String) -> String? {
    let parts = split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == scheme else { return nil }
    return String(parts[1])
  }
}

/// A client that a vendor knows.
package struct SandboxClient: Sendable, Hashable {
  package var id: String
  package var secret: String

  package init(id: String, secret: String) {
    self.id = id
    self.secret = secret
  }
}
