import Core
import Resilience
import Telemetry
import Testing

@testable import Orders

@Suite struct OrdersObserverTests {
  private func lines(_ metrics: Metrics) -> [String] {
    String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(arguments: OrdersObserver.LookUp.allCases)
  func countsLookUps(_ result: OrdersObserver.LookUp) {
    let metrics = Metrics()
    let observer = OrdersObserver(metrics, platform: "shop")
    observer.lookedUp(result)
    for other in OrdersObserver.LookUp.allCases {
      let count = other == result ? 1 : 0
      #expect(lines(metrics).contains("ringback_order_lookups_total{result=\"\(other.rawValue)\"} \(count)"))
    }
  }

  @Test func showsTheBreaker() {
    let metrics = Metrics()
    let observer = OrdersObserver(metrics, platform: "shop")
    #expect(lines(metrics).contains(#"ringback_circuit_breaker_state{platform="shop",state="closed"} 1"#))
    observer.breakerMoved("shop", .open)
    for (state, value) in [("closed", 0), ("open", 1), ("half_open", 0)] {
      #expect(lines(metrics).contains(#"ringback_circuit_breaker_state{platform="shop",state="\#(state)"} \#(value)"#))
      #expect(
        lines(metrics)
          .contains(#"ringback_circuit_breaker_transitions_total{platform="shop",state="\#(state)"} \#(value)"#))
    }
  }

  @Test func countsCallsAndErrands() {
    let metrics = Metrics()
    let observer = OrdersObserver(metrics, platform: "shop")
    observer.called("shop", .timedOut, .seconds(10))
    observer.errandMoved(.text, .unknown)
    let lines = lines(metrics)
    #expect(lines.contains(#"ringback_order_platform_calls_total{platform="shop",outcome="timed_out"} 1"#))
    #expect(lines.contains(#"ringback_order_platform_call_duration_seconds_count{platform="shop"} 1"#))
    #expect(lines.contains(#"ringback_order_errands_total{errand="text",state="unknown"} 1"#))
  }
}
