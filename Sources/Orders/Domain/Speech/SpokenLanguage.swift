/// The languages in which Ringback speaks to callers.
package enum SpokenLanguage: String, Sendable, Hashable, Codable, CaseIterable {
  case english = "en"
  case german = "de"

  var index: Int { self == .english ? 0 : 1 }

  var wording: any Wording {
    switch self {
    case .english: EnglishWording()
    case .german: GermanWording()
    }
  }
}
