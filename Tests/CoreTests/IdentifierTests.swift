import Core
import Testing

struct IdentifierTests {
  /// What lies before a time is found by the ids alone.
  @Test func theFirstIDOfATimeStandsBetweenBeforeAndAfter() {
    let time = ManualTime(now: Timestamp(seconds: 1_800_000_000))
    let ids = IdentifierSource(time: time, random: SystemRandom())
    let before = ids.make("job")
    time.advance(by: .milliseconds(1))
    let first = IdentifierSource.first("job", at: time.now)
    let after = ids.make("job")
    #expect(before < first)
    #expect(first < after)
    #expect(after.hasPrefix(first))
  }

  @Test func theSystemsRandomBytesAreGivenOutOnce() {
    let random = SystemRandom()
    let pieces = (0..<500).map { _ in random.bytes(20) }
    #expect(Set(pieces).count == 500)
    #expect(pieces.allSatisfy { $0.count == 20 })
    #expect([0, 1, 255, 256, 257, 5_000].map { random.bytes($0).count } == [0, 1, 255, 256, 257, 5_000])
  }
}
