import Core
import HTTPMessages

extension Request {
  /// The body as JSON, read strictly: no repeated member, no text after the value, at most 64 levels deep.
  ///
  /// - Throws: `Problem` 415 `unsupported_media_type` unless Content-Type is `application/json` or ends in `+json`;
  ///   400 `invalid_json`.
  package func jsonBody() throws(Problem) -> JSONValue { try jsonDocument().root.value }

  /// As `jsonBody`, for a body of which only parts are wanted.
  func jsonDocument() throws(Problem) -> JSONDocument {
    guard isJSON else { throw .unsupportedMediaType(wanted: "application/json") }
    do {
      return try JSONDocument(parsing: body, depth: 64)
    } catch {
      throw Problem(
        status: 400, code: "invalid_json", title: "The body is not valid JSON",
        detail: "Reading stopped: \(error). Send one JSON value in UTF-8.")
    }
  }

  private var isJSON: Bool {
    if let type = headers.bytes("content-type"), type.elementsEqual("application/json".utf8) { return true }
    let type = mediaType
    return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
  }

  /// In lower case, without parameters; empty when there is none.
  private var mediaType: String {
    let value = headers["content-type"] ?? ""
    let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }.map(\.lowercased)
    return String(decoding: type, as: UTF8.self)
  }
}

extension Problem {
  static func unsupportedMediaType(wanted: String) -> Problem {
    Problem(
      status: 415, code: "unsupported_media_type", title: "The body has another media type",
      detail: "This resource takes \(wanted). Send it with that Content-Type.", headers: ["accept": wanted])
  }
}
