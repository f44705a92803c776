/// Why something is sent back, as the shop names it (`returns.reasons`).
package struct ReturnReason: Sendable, Hashable {
  /// Such as `DEFECTIVE`: what the API takes.
  package var code: String
  /// What the platform calls it; nil where it takes `code`.
  package var platformCode: String?
  /// The key that a caller presses for it, 1 to 9; nil for one that no menu offers.
  package var digit: Int?
  /// As it is read out after "for", such as "a defective item".
  package var english: String
  package var german: String

  package init(code: String, platformCode: String? = nil, digit: Int?, english: String, german: String) {
    self.code = code
    self.platformCode = platformCode
    self.digit = digit
    self.english = english
    self.german = german
  }

  func speech(in language: SpokenLanguage) -> String {
    switch language {
    case .english: english
    case .german: german
    }
  }

  package static let standard = [
    ReturnReason(code: "DEFECTIVE", digit: 1, english: "a defective item", german: "einen defekten Artikel"),
    ReturnReason(code: "WRONG_ITEM", digit: 2, english: "a wrong item", german: "einen falschen Artikel"),
    ReturnReason(
      code: "NOT_AS_DESCRIBED", digit: 3, english: "an item that is not as described",
      german: "einen Artikel, der nicht der Beschreibung entspricht"),
    ReturnReason(code: "TOO_SMALL", digit: 4, english: "an item that is too small", german: "einen zu kleinen Artikel"),
    ReturnReason(code: "TOO_LARGE", digit: 5, english: "an item that is too large", german: "einen zu großen Artikel"),
    ReturnReason(
      code: "UNWANTED", digit: 6, english: "an item that you no longer want",
      german: "einen Artikel, den Sie nicht mehr möchten"),
    ReturnReason(code: "OTHER", digit: 7, english: "another reason", german: "einen anderen Grund"),
  ]
}
