import Core
import HTTPMessages
import HTTPServer

/// `GET /v1/returns/reasons`: the menu of reasons for a flow, in the caller's language.
struct GetReturnReasons: Sendable {
  let configuration: LiveReturnsConfiguration

  var route: Route {
    Route(.get, "/v1/returns/reasons", access: .scope("returns:create")) { answer($0) }
  }

  private func answer(_ request: Request) -> Response {
    let language = SpokenLanguage(acceptLanguage: request.headers["accept-language"])
    let reasons = configuration.read { $0.reasons }
    let list = reasons.map { reason -> JSONValue in
      [
        "reason_code": .string(reason.code), "digit": reason.digit.map { .integer($0) } ?? .null,
        "speech": .string(reason.speech(in: language)),
      ]
    }
    return .json(
      ["reasons": .array(list), "speech": .string(Self.menu(reasons, language))],
      headers: ["content-language": language.rawValue, "vary": "accept-language"])
  }

  /// What can be read out as a whole.
  private static func menu(_ reasons: [ReturnReason], _ language: SpokenLanguage) -> String {
    reasons.compactMap { reason in
      reason.digit.map { digit in
        switch language {
        case .english: "For \(reason.english), press \(digit)."
        case .german: "Für \(reason.german) drücken Sie die \(digit)."
        }
      }
    }.joined(separator: " ")
  }
}
