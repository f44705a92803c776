import Core
import Privacy
import Synchronization

package enum LogLevel: String, Sendable, Hashable, Comparable, CaseIterable {
  case debug, info, warning, error

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  fileprivate var rank: UInt8 {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }
}

/// Writes one JSON object a line. Every value goes through `Privacy` but those that `LogLine` is told are ours; there is
/// no other way to write a log.
///
/// The message is static; what varies is a field. Bodies, `Authorization` and whole header lists are never fields.
package struct Logger: Sendable {
  private let output: LogOutput
  private let fields: [String: JSONValue]

  package init(_ output: LogOutput) {
    self.init(output, fields: [:])
  }

  private init(_ output: LogOutput, fields: [String: JSONValue]) {
    self.output = output
    self.fields = fields
  }

  /// A logger that drops everything, for what is built without one.
  package static let none = Logger(LogOutput(level: .error, time: SystemTime()) { _ in })

  /// A logger that adds these fields to every line, such as `order_id`.
  package func with(_ more: [String: JSONValue]) -> Logger {
    Logger(output, fields: fields.merging(more) { $1 })
  }

  /// A logger for one question of a caller: every line carries its id, so that one search finds them all.
  package func with(requestID: String) -> Logger {
    with(["request_id": .string(requestID)])
  }

  package func debug(_ message: StaticString, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
    log(.debug, message, fields)
  }

  package func info(_ message: StaticString, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
    log(.info, message, fields)
  }

  package func warning(_ message: StaticString, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
    log(.warning, message, fields)
  }

  package func error(_ message: StaticString, _ fields: @autoclosure () -> [String: JSONValue] = [:]) {
    log(.error, message, fields)
  }

  /// The same for what is logged with every request.
  package func info(_ message: StaticString, line build: (inout LogLine) -> Void) {
    guard output.takes(.info) else { return }
    output.write(level: .info, message: message, fields: fields, more: build)
  }

  private func log(_ level: LogLevel, _ message: StaticString, _ more: () -> [String: JSONValue]) {
    guard output.takes(level) else { return }
    output.write(level: level, message: message, fields: fields.merging(more()) { $1 }) { _ in }
  }
}

/// Where the lines go.
///
/// A line is `{"ts":…,"level":…,"message":…,"request_id":…, then the other fields by name}`: flat, with a stable order, so
/// that Loki's `json` stage and a person's eye both read it.
package final class LogOutput: Sendable {
  private let time: any TimeSource
  private let minimum: Atomic<UInt8>
  private let write: @Sendable ([UInt8]) -> Void

  private static let leading: Set<String> = ["ts", "level", "message"]

  /// - Parameter write: takes one line with its line feed; called from any thread, and must not block.
  package init(level: LogLevel, time: any TimeSource, write: @escaping @Sendable ([UInt8]) -> Void) {
    self.minimum = Atomic(level.rank)
    self.time = time
    self.write = write
  }

  /// May be changed while running.
  package var level: LogLevel {
    get { LogLevel.allCases[Int(minimum.load(ordering: .relaxed))] }
    set { minimum.store(newValue.rank, ordering: .relaxed) }
  }

  func takes(_ level: LogLevel) -> Bool { level.rank >= minimum.load(ordering: .relaxed) }

  func write(
    level: LogLevel, message: StaticString, fields: [String: JSONValue], more: (inout LogLine) -> Void
  ) {
    var line = LogLine(level: level, message: "\(message)", at: time.now)
    for (name, value) in fields.sorted(by: { Self.order($0.key, $1.key) }) {
      // A field may not shadow what leads the line: a repeated member is no JSON that everybody reads alike.
      line.add(Self.leading.contains(name) ? name + "_" : name, value)
    }
    more(&line)
    line.end()
    write(line.bytes)
  }

  private static func order(_ left: String, _ right: String) -> Bool {
    (left == "request_id" ? 0 : 1, left) < (right == "request_id" ? 0 : 1, right)
  }
}
