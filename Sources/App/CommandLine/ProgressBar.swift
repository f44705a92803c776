import Core
import Glibc
import Synchronization

/// A line on standard error that tells how far something has come, where a person looks on; nothing anywhere else.
final class ProgressBar: Sendable {
  private struct State {
    var label = ""
    var begun: Duration = .zero
    var shown: Duration?
  }

  private static let width = 28
  private static let pause = Duration.milliseconds(100)
  private let isShown: Bool
  private let time: any TimeSource
  private let state = Mutex(State())

  init(_ terminal: Terminal, time: any TimeSource) {
    isShown = !terminal.isJSON && isatty(STDERR_FILENO) == 1
    self.time = time
  }

  /// - Parameters:
  ///   - done: of `total`, whatever is counted.
  ///   - items: how many were done, for the rate.
  func show(_ label: String, done: Int64, of total: Int64, items: Int64, _ unit: String) {
    guard isShown else { return }
    let now = time.uptime
    let line: String? = state.withLock { state in
      if state.label != label { state = State(label: label, begun: now) }
      if let shown = state.shown, now - shown < Self.pause, done < total { return nil }
      state.shown = now
      return Self.line(label, done: done, of: total, items: items, unit, after: now - state.begun)
    }
    if let line { write("\r\u{1B}[K" + line) }
  }

  /// Takes the line away.
  func clear() {
    if isShown { write("\r\u{1B}[K") }
  }

  /// `transactions  ━━━━━━━━━━──────────  41%   512,000/s   00:12`: what is left is what it took so far, in proportion.
  static func line(
    _ label: String, done: Int64, of total: Int64, items: Int64, _ unit: String, after elapsed: Duration
  ) -> String {
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
    let filled = Int(share * Double(width))
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
    let seconds = Double(elapsed.wholeMilliseconds) / 1_000
    let rate = seconds > 0 ? Int64(Double(items) / seconds) : 0
    let left = share > 0 ? Int64(seconds / share * (1 - share)) : 0
    return label.padding(to: 13) + " \(bar) \(Int(share * 100))%  \(rate.grouped) \(unit)/s  "
      + "\(left / 60):" + String(String(100 + left % 60).dropFirst()) + " left"
  }

  private func write(_ text: String) {
    var bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, &bytes, bytes.count)
  }
}

extension BinaryInteger {
  /// `1,234,567`
  var grouped: String {
    let digits = String(magnitude)
    var result = self < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }
}
