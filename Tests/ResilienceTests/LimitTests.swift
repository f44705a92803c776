import Core
import Resilience
import Testing

@Suite struct TokenBucketTests {
  @Test func aFullBucketGivesItsBurstAndThenOneTokenAtATime() {
    var bucket = TokenBucket(rate: 10, per: .seconds(1), burst: 3)
    #expect(bucket.available(now: .seconds(5)) == 3)
    for _ in 0..<3 { #expect(bucket.take(now: .seconds(5)) == nil) }
    #expect(bucket.available(now: .seconds(5)) == 0)
    #expect(bucket.take(now: .seconds(5)) == .milliseconds(100))
    #expect(bucket.take(now: .milliseconds(5_099)) == .milliseconds(1))
    #expect(bucket.take(now: .milliseconds(5_100)) == nil)
    #expect(bucket.take(now: .milliseconds(5_100)) == .milliseconds(100))
  }

  @Test func aRefusalTakesNothing() {
    var bucket = TokenBucket(rate: 1, per: .seconds(1), burst: 2)
    #expect(bucket.take(2, now: .seconds(1)) == nil)
    for _ in 0..<100 { _ = bucket.take(now: .milliseconds(1_500)) }
    #expect(bucket.take(now: .seconds(2)) == nil)
  }

  @Test func itHoldsNoMoreThanItsBurst() {
    var bucket = TokenBucket(rate: 1, per: .seconds(1), burst: 2)
    let passed = (0..<10).filter { _ in bucket.take(now: .seconds(100_000)) == nil }
    #expect(passed.count == 2)
    #expect(bucket.take(50, now: .seconds(100_001)) == .seconds(1), "more than all counts as all")
  }

  @Test func theRateIsExactOverTime() {
    var bucket = TokenBucket(rate: 3, per: .seconds(1), burst: 1)
    let passed = (0..<1_000_00).filter { bucket.take(now: .microseconds(100 * $0)) == nil }
    #expect((30...31).contains(passed.count))
  }
}

@Suite struct AttemptLimiterTests {
  @Test(
    arguments: [
      (4, Duration.zero, nil), (5, .zero, .seconds(896)), (5, .milliseconds(895_999), .milliseconds(1)),
      (5, .seconds(896), nil), (9, .zero, .seconds(900 - 9 + 5)),
    ] as [(Int, Duration, Duration?)])
  func fiveMissesInFifteenMinutes(misses: Int, later: Duration, wait: Duration?) {
    var limiter = AttemptLimiter<String>(limit: 5, window: .seconds(900))
    for second in 0..<misses { limiter.record("+15550100", now: .seconds(second)) }
    #expect(limiter.check("+15550100", now: .seconds(max(0, misses - 1)) + later) == wait)
    #expect(limiter.check("+15550101", now: .seconds(1)) == nil, "each key by itself")
  }

  @Test func theWindowSlides() {
    var limiter = AttemptLimiter<String>(limit: 2, window: .seconds(60))
    limiter.record("a", now: .seconds(0))
    limiter.record("a", now: .seconds(50))
    #expect(limiter.check("a", now: .seconds(55)) == .seconds(5))
    limiter.record("a", now: .seconds(61))
    #expect(limiter.check("a", now: .seconds(61)) == .seconds(49))
  }

  @Test func theLimitAndTheWindowMayChange() {
    var limiter = AttemptLimiter<String>(limit: 5, window: .seconds(900))
    for second in 0..<4 { limiter.record("a", now: .seconds(second)) }
    limiter.limit = 2
    #expect(limiter.check("a", now: .seconds(4)) == .seconds(898), "the last two count")
    limiter.window = .seconds(60)
    #expect(limiter.check("a", now: .seconds(4)) == .seconds(58))
    limiter.record("a", now: .seconds(10))
    #expect(limiter.check("a", now: .seconds(10)) == .seconds(53))
    limiter.limit = 3
    #expect(limiter.check("a", now: .seconds(10)) == nil)
  }

  @Test func clearingForgets() {
    var limiter = AttemptLimiter<String>(limit: 1, window: .seconds(60))
    limiter.record("a", now: .zero)
    limiter.clear("a")
    #expect(limiter.check("a", now: .zero) == nil)
  }

  @Test func theNumberOfKeysIsBounded() {
    var limiter = AttemptLimiter<Int>(limit: 1, window: .seconds(60), maximumKeys: 100)
    for key in 0..<10_000 {
      limiter.record(key, now: .milliseconds(key))
      limiter.record(-1, now: .milliseconds(key))
    }
    #expect(limiter.keyCount <= 100)
    #expect(limiter.check(-1, now: .seconds(10)) != nil, "the key that misses again and again is kept")
    #expect(limiter.check(9_999, now: .seconds(10)) != nil)
    #expect(limiter.check(5, now: .seconds(10)) == nil)
  }

  @Test func keysWithoutMissesInTheWindowAreForgotten() {
    var limiter = AttemptLimiter<Int>(limit: 3, window: .seconds(60))
    for key in 0..<1_000 { limiter.record(key, now: .zero) }
    limiter.record(5_000, now: .seconds(60))
    #expect(limiter.keyCount == 1)
  }
}
