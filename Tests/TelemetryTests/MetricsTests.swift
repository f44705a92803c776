import Core
import Glibc
import Telemetry
import Testing

@Suite struct MetricsTests {
  let metrics = Metrics()

  private var text: String { String(decoding: metrics.render(), as: UTF8.self) }

  @Test func writesCounters() {
    let family = metrics.counter("ringback_things_total", help: "Things\nseen.", labels: ["kind"])
    family.with("b").increment()
    family.with("a\"\\\n").increment(by: 2)
    #expect(
      text == """
        # HELP ringback_things_total Things\\nseen.
        # TYPE ringback_things_total counter
        ringback_things_total{kind="a\\"\\\\\\n"} 2
        ringback_things_total{kind="b"} 1

        """)
  }

  @Test func writesGauges() {
    let gauge = metrics.gauge("ringback_level", help: "Level.").with()
    gauge.set(2.5)
    gauge.add(-1)
    metrics.gauge("ringback_read", help: "Read.", labels: ["of"]) { [(["x"], .infinity), (["y"], 3)] }
    #expect(
      text == """
        # HELP ringback_level Level.
        # TYPE ringback_level gauge
        ringback_level 1.5
        # HELP ringback_read Read.
        # TYPE ringback_read gauge
        ringback_read{of="x"} +Inf
        ringback_read{of="y"} 3

        """)
  }

  @Test func writesHistograms() {
    let histogram = metrics.histogram("ringback_wait_seconds", help: "Wait.", labels: ["of"], buckets: [0.1, 1]).with(
      "a")
    histogram.observe(.milliseconds(100))
    histogram.observe(0.5)
    histogram.observe(7)
    #expect(
      text == """
        # HELP ringback_wait_seconds Wait.
        # TYPE ringback_wait_seconds histogram
        ringback_wait_seconds_bucket{of="a",le="0.1"} 1
        ringback_wait_seconds_bucket{of="a",le="1"} 2
        ringback_wait_seconds_bucket{of="a",le="+Inf"} 3
        ringback_wait_seconds_sum{of="a"} 7.6
        ringback_wait_seconds_count{of="a"} 3

        """)
  }

  @Test func metricsWithoutLabelsStartAtZero() {
    _ = metrics.counter("ringback_never_total", help: "Never.")
    #expect(text.hasSuffix("ringback_never_total 0\n"))
  }

  @Test func theSameNameIsTheSameFamily() {
    let first = metrics.counter("ringback_shared_total", help: "Shared.", labels: ["a"]).with("x")
    let second = metrics.counter("ringback_shared_total", help: "Shared.", labels: ["a"]).with("x")
    first.increment()
    second.increment()
    #expect(first === second)
    #expect(first.value == 2)
  }

  @Test func labelsAreBounded() {
    let family = metrics.counter("ringback_bounded_total", help: "Bounded.", labels: ["a", "b"], bound: 2)
    for number in 0..<10 { family.with("\(number)", "x").increment() }
    #expect(text.contains("ringback_bounded_total{a=\"other\",b=\"other\"} 8\n"))
    #expect(text.split(separator: "\n").count == 2 + 3)
    family.with("0", "x").increment()
    #expect(text.contains("ringback_bounded_total{a=\"0\",b=\"x\"} 2\n"))
  }

  @Test func countsFromManyTasks() async {
    let counter = metrics.counter("ringback_many_total", help: "Many.").with()
    let gauge = metrics.gauge("ringback_sum", help: "Sum.").with()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1_000 {
            counter.increment()
            gauge.add(1)
          }
        }
      }
    }
    #expect(counter.value == 8_000)
    #expect(gauge.value == 8_000)
  }

  @Test func serverMetricsCountByRouteMethodAndStatus() {
    let server = HTTPServerMetrics(metrics)
    server.record(route: "/v1/orders/{order_id}", method: "GET", status: 200, duration: .milliseconds(3))
    server.record(route: nil, method: "BREW", status: 404, duration: .milliseconds(1))
    #expect(
      text.contains(
        #"ringback_http_requests_total{route="/v1/orders/{order_id}",method="GET",status="200"} 1"#))
    #expect(text.contains(#"ringback_http_requests_total{route="unmatched",method="other",status="404"} 1"#))
    #expect(text.contains(#"ringback_http_request_duration_seconds_count{route="unmatched",method="other"} 1"#))
  }

  @Test func tellsOfTheProcess() throws {
    metrics.observeProcess()
    func figure(_ name: String) throws -> Double {
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
      return try #require(Double(line.dropFirst(name.count + 1)))
    }
    #expect(try figure("process_resident_memory_bytes") > 1_000_000)
    #expect(try figure("process_open_fds") >= 3)
    #expect(try figure("process_threads") >= 1)
    #expect(try figure("process_cpu_seconds_total") >= 0)
    let age = Double(SystemTime().now.seconds) - (try figure("process_start_time_seconds"))
    #expect((-2...86_400).contains(age))
  }

  @Test(.enabled(if: access("/usr/bin/promtool", X_OK) == 0))
  func passesPromtool() throws {
    metrics.observeProcess()
    let server = HTTPServerMetrics(metrics)
    server.record(route: "/v1/orders/{order_id}", method: "GET", status: 200, duration: .milliseconds(3))
    UpstreamMetrics(metrics, upstream: "shopify").record(outcome: "200", duration: .milliseconds(30))
    metrics.gauge("ringback_breaker_state", help: "0 closed, 1 open, 2 half open.", labels: ["platform"]) {
      [(["a"], 0)]
    }
    metrics.counter("ringback_log_lines_dropped_total", help: "Lines that did not fit.") { 0 }
    let promtool = try #require(popen("/usr/bin/promtool check metrics 2>&1 >/dev/null", "w"))
    let bytes = metrics.render()
    #expect(fwrite(bytes, 1, bytes.count, promtool) == bytes.count)
    #expect(pclose(promtool) == 0)
  }

  /// What one increment of a resolved counter and one observation cost: the figure of the hot path. The bound is loose
  /// for debug builds and busy machines.
  @Test func isCheapOnTheHotPath() {
    let counter = metrics.counter("ringback_hot_total", help: "Hot.").with()
    let histogram = metrics.histogram("ringback_hot_seconds", help: "Hot.").with()
    let time = SystemTime()
    let start = time.uptime
    for _ in 0..<100_000 { counter.increment() }
    let middle = time.uptime
    for _ in 0..<100_000 { histogram.observe(0.003) }
    let end = time.uptime
    print(
      "metrics: increment \((middle - start).wholeMicroseconds / 100) ns, observe \((end - middle).wholeMicroseconds / 100) ns"
    )
    #expect(end - start < .seconds(2))
  }
}
