import Core
import HTTPMessages
import HTTPServer

/// The parameters of an OAuth request. Each may be there once; one without a value counts as left out; what is not known
/// is passed over (RFC 6749, section 3.2).
struct OAuthForm: Sendable {
  private let values: [String: String]

  init(_ request: Request) throws(OAuthError) {
    guard request.query?.isEmpty ?? true else {
      throw .invalidRequest("Parameters belong into the body: what stands in a URL ends up in logs.")
    }
    let type = (request.headers["content-type"] ?? "").lowercased()
    guard type.prefix(while: { $0 != ";" && $0 != " " }) == "application/x-www-form-urlencoded" else {
      throw .invalidRequest("The Content-Type must be application/x-www-form-urlencoded.")
    }
    guard let text = String(validating: request.body, as: UTF8.self), let form = FormFields(text) else {
      throw .invalidRequest("The body is not form-encoded.")
    }
    let pairs = form.pairs
    guard Set(pairs.map(\.name)).count == pairs.count else {
      throw .invalidRequest("A parameter is there more than once.")
    }
    values = Dictionary(pairs.filter { !$0.value.isEmpty }.map { ($0.name, $0.value) }) { $1 }
  }

  subscript(_ name: String) -> String? { values[name] }
}
