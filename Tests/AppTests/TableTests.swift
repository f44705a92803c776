import Testing

@testable import App

@Suite struct TableTests {
  @Test func columnsAreAsWideAsWhatIsInThem() {
    var table = Table(("CAUSE", 12), ("COUNT", 7), ("EXAMPLE", 10))
    table.rows = [["shopify 422 INVALID_STATE", "14", "job_1"], ["b", "2", ""]]
    #expect(table.lines == ["CAUSE         COUNT  EXAMPLE", "shopify 422…  14     job_1", "b             2"])
  }

  @Test func aLineFitsTheScreen() {
    var table = Table(("A", 90), ("B", 90))
    table.rows = [[String(repeating: "a", count: 200), String(repeating: "b", count: 200)]]
    #expect(table.lines.map(\.count).max() == 100)
    #expect(table.lines.last?.hasSuffix("…") == true)
  }

  @Test(arguments: [
    (-5, "0 s"), (9, "9 s"), (60, "1 min"), (719, "11 min"), (3_600, "1 h 00"), (6_600, "1 h 50"), (86_400, "1 d"),
    (273_600, "3 d 4 h"),
  ])
  func durationsAreSpoken(seconds: Int, text: String) {
    #expect(Duration.seconds(seconds).spoken == text)
  }
}
