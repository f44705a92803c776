import Cache
import Core
import Testing

@Suite struct BoundedCacheTests {
  @Test func holdsWhatWasSet() {
    let cache = BoundedCache<String, Int>(maximumCount: 10)
    #expect(cache.value(for: "a", now: .zero) == nil)
    cache.set(1, for: "a")
    cache.set(2, for: "b")
    cache.set(3, for: "a")
    #expect(cache.value(for: "a", now: .zero) == 3)
    #expect(cache.value(for: "b", now: .zero) == 2)
    cache.remove("a")
    #expect(cache.value(for: "a", now: .zero) == nil)
    #expect(cache.statistics.hits == 2 && cache.statistics.misses == 2 && cache.statistics.count == 1)
    cache.removeAll()
    #expect(cache.value(for: "b", now: .zero) == nil)
    #expect(cache.statistics.count == 0 && cache.statistics.cost == 0)
  }

  @Test(arguments: [
    (Duration.seconds(59), true), (.milliseconds(59_999), true), (.seconds(60), false), (.seconds(3_600), false),
  ])
  func anEntryEnds(now: Duration, isThere: Bool) {
    let cache = BoundedCache<String, Int>(maximumCount: 10)
    cache.set(1, for: "a", end: .seconds(60))
    #expect((cache.value(for: "a", now: now) != nil) == isThere)
    #expect(cache.statistics.count == (isThere ? 1 : 0))
  }

  @Test func theNumberIsBoundedAndWhatIsUsedStays() {
    let cache = BoundedCache<Int, Int>(maximumCount: 100)
    for key in 0..<10_000 {
      cache.set(key, for: key)
      for hot in 0..<10 { _ = cache.value(for: hot, now: .zero) }
      #expect(cache.statistics.count <= 100)
    }
    for hot in 0..<10 { #expect(cache.value(for: hot, now: .zero) == hot) }
    #expect(cache.value(for: 9_999, now: .zero) == 9_999)
    #expect(cache.value(for: 5_000, now: .zero) == nil)
    #expect(cache.statistics.evictions == 9_900)
  }

  @Test func theCostIsBounded() {
    let cache = BoundedCache<Int, Int>(maximumCount: 100, maximumCost: 1_000)
    for key in 0..<500 {
      cache.set(key, for: key, cost: 1 + key % 400)
      #expect(cache.statistics.cost <= 1_000)
    }
    cache.set(1, for: -1, cost: 1_000)
    #expect(cache.value(for: -1, now: .zero) == 1)
    #expect(cache.statistics.count == 1)
    cache.set(2, for: -1, cost: 1_001)
    #expect(cache.value(for: -1, now: .zero) == nil, "too large to keep, and the old value is not the value any more")
    cache.set(3, for: -2, cost: .max)
    #expect(cache.statistics.cost == 0)
  }

  @Test func aRoundOfMarkedEntriesEnds() {
    let cache = BoundedCache<Int, Int>(maximumCount: 3)
    for key in 0..<3 { cache.set(key, for: key) }
    for key in 0..<3 { _ = cache.value(for: key, now: .zero) }
    cache.set(3, for: 3)
    #expect(cache.value(for: 3, now: .zero) == 3)
    #expect(cache.statistics.count == 3)
  }

  /// Whatever the order of calls, it agrees with a dictionary where it answers at all, and its sums are right.
  @Test(arguments: 0..<20) func agreesWithADictionary(seed: UInt64) {
    let random = SeededRandom(seed: seed)
    let cache = BoundedCache<UInt64, UInt64>(maximumCount: 20, maximumCost: 60)
    var model: [UInt64: (value: UInt64, cost: Int)] = [:]
    for step in 0..<2_000 {
      let key = random.number(below: 40)
      switch random.number(below: 5) {
      case 0, 1:
        let cost = Int(random.number(below: 8))
        cache.set(UInt64(step), for: key, cost: cost)
        model[key] = (UInt64(step), cost)
      case 2:
        cache.remove(key)
        model[key] = nil
      default:
        if let value = cache.value(for: key, now: .zero) { #expect(model[key]?.value == value) }
      }
      let present = (0..<40).filter { cache.value(for: $0, now: .zero) != nil }
      #expect(cache.statistics.count == present.count)
      #expect(cache.statistics.cost == present.reduce(0) { $0 + (model[$1]?.cost ?? 0) })
    }
  }
}
