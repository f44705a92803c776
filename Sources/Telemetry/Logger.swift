import Core
import Privacy
import Synchronization

package enum LogLevel: String, Sendable, Hashable, Comparable, CaseIterable {
  case debug, info, warning, error

  package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Writes one JSON object a line. Every value goes through `Privacy`; there is no other way to write a log.
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

  /// A logger that adds these fields to every line, such as `request_id`.
  package func with(_ more: [String: JSONValue]) -> Logger {
    Logger(output, fields: fields.merging(more) { $1 })
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

  private func log(_ level: LogLevel, _ message: StaticString, _ more: () -> [String: JSONValue]) {
    guard level >= output.level else { return }
    output.write(level: level, message: "\(message)", fields: fields.merging(more()) { $1 })
  }
}

/// Where the lines go.
package final class LogOutput: Sendable {
  private let time: any TimeSource
  private let minimum: Mutex<LogLevel>
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameter write: takes one line with its line feed; called from any thread.
  package init(level: LogLevel, time: any TimeSource, write: @escaping @Sendable ([UInt8]) -> Void) {
    self.minimum = Mutex(level)
    self.time = time
    self.write = write
  }

  /// May be changed while running.
  package var level: LogLevel {
    get { minimum.withLock { $0 } }
    set { minimum.withLock { $0 = newValue } }
  }

  func write(level: LogLevel, message: String, fields: [String: JSONValue]) {
    var members: [JSONValue.Member] = [
      .init("ts", .string("\(time.now)")), .init("level", .string(level.rawValue)), .init("message", .string(message)),
    ]
    members += fields.sorted { $0.key < $1.key }.map { .init($0.key, Masking.masked($0.value, named: $0.key)) }
    write(JSONValue.object(members).bytes + [0x0A])
  }
}
