import Core
import HTTPClient
import Orders

/// What an answer of 4xx means. commercetools writes
/// `{"statusCode": 400, "message": …, "errors": [{"code": "InvalidOperation", …}]}`; texts may name what is in the order,
/// and only the code is passed on.
enum CommercetoolsRefusal {
  static func meaning(of response: IncomingResponse) -> ReturnPlatformError {
    let code = code(response)
    let refusal: ReturnRefusal = response.status == 404 ? .orderUnknown : .refusedByPlatform
    return .refused(refusal, code: "commercetools \(response.status)" + (code.map { " \($0)" } ?? ""))
  }

  /// Whether the order was changed since it was read.
  static func isConflict(_ response: IncomingResponse) -> Bool {
    response.status == 409 && code(response) == "ConcurrentModification"
  }

  private static func code(_ response: IncomingResponse) -> String? {
    let code = (try? JSONValue(parsing: response.body))?["errors"]?[0]?["code"]?.string
    return code.flatMap { $0.utf8.count <= 60 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") } ? $0 : nil }
  }
}
