import Testing

@testable import Orders

@Suite struct AcceptLanguageTests {
  @Test(
    arguments: [
      (nil, SpokenLanguage.english),
      ("", .english),
      ("de", .german),
      ("DE-AT", .german),
      ("de-DE,de;q=0.9,en;q=0.1", .german),
      ("en-GB, de;q=0.9", .english),
      ("en;q=0.5, de;q=0.8", .german),
      ("fr, de;q=0.2", .german),
      ("fr", .english),
      ("*", .english),
      ("de;q=0.5, *", .english),
      ("de;q=0", .english),
      ("de;q=0.000, en;q=0.001", .english),
      ("de;q=1.000", .german),
      ("de; q=1", .german),
      ("de;q=1.001", .english),
      ("de;q=2, en;q=0.1", .english),
      ("de;q=x", .english),
      ("de;q=0.1234", .english),
      ("en;q=0.5,de;q=0.5", .english),
      ("de;q=0.5,en;q=0.5", .german),
      (";;;,,,=", .english),
      ("deutsch", .english),
    ] as [(String?, SpokenLanguage)])
  func chooses(_ header: String?, _ language: SpokenLanguage) {
    #expect(SpokenLanguage(acceptLanguage: header) == language)
  }

  @Test func readsNoFurtherThanItMust() {
    #expect(SpokenLanguage(acceptLanguage: String(repeating: "fr,", count: 400) + "de") == .english)
  }
}
