import Core
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("orders.chache_ttl", "orders.cache_ttl"), ("orders.cahce_ttl", "orders.cache_ttl"),
    ("ORDERS.TIMEOUT", "orders.timeout"),
    ("sever", "server"),
  ])
  func findsWhatWasMeant(word: String, name: String) {
    #expect(nearestName(to: word, among: ["orders.cache_ttl", "orders.timeout", "server"]) == name)
  }

  @Test(arguments: ["", "x", "completely.different"])
  func saysNothingWhenNothingIsNear(word: String) {
    #expect(nearestName(to: word, among: ["orders.cache_ttl", "orders.timeout"]) == nil)
  }
}
