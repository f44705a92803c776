import Core
import Glibc
import Synchronization

/// A person at a terminal: digits, `*` and `#` typed are keys pressed; Ctrl-C, Ctrl-D or `h` hang up. A message is a
/// line. Time is real.
///
/// The keyboard is asked every 20 ms without waiting on it, so that no thread of the pool is held.
package final class KeyboardTerminal: CallTerminal {
  private static let interval = Duration.milliseconds(20)

  private struct State {
    var hasHungUp = false
    var original: termios?
  }

  private let input: Int32
  private let output: Int32
  private let time: any TimeSource
  private let state: Mutex<State>

  /// Puts the terminal behind `input` into a mode in which keys arrive at once and without an echo, where it is one.
  package init(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, time: any TimeSource) {
    self.input = input
    self.output = output
    self.time = time
    var settings = termios()
    var original: termios?
    if tcgetattr(input, &settings) == 0 {
      original = settings
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
      tcsetattr(input, TCSANOW, &settings)
    }
    state = Mutex(State(original: original))
  }

  deinit { close() }

  /// Gives the terminal its old mode back.
  package func close() {
    let original = state.withLock { state in
      defer { state.original = nil }
      return state.original
    }
    guard var original else { return }
    tcsetattr(input, TCSANOW, &original)
  }

  package func hear() async throws(CallerHungUp) {
    if state.withLock({ $0.hasHungUp }) { throw CallerHungUp() }
  }

  package func beginInput() async throws(CallerHungUp) {
    // Keys typed while a prompt was shown are kept: callers who know the menu type ahead.
    try await hear()
  }

  package func key(within limit: Duration) async throws(CallerHungUp) -> Character? {
    let deadline = time.uptime + limit
    while true {
      if let byte = try nextByte() {
        if let key = try key(byte) { return key }
        continue
      }
      guard time.uptime < deadline else { return nil }
      do { try await time.sleep(for: Self.interval) } catch { throw CallerHungUp() }
    }
  }

  package func endInput() async {
    write("\r\u{1B}[2K")
  }

  package func text(within limit: Duration) async throws(CallerHungUp) -> String? {
    let deadline = time.uptime + limit
    var line: [UInt8] = []
    write("> ")
    while time.uptime < deadline {
      guard let byte = try nextByte() else {
        do { try await time.sleep(for: Self.interval) } catch { throw CallerHungUp() }
        continue
      }
      switch byte {
      case 3, 4: throw hangUp()
      case 10, 13:
        write("\r\u{1B}[2K")
        return String(decoding: line, as: UTF8.self)
      case 8, 127:
        // The last character, however many bytes it has.
        line = Array(String(decoding: line, as: UTF8.self).dropLast().utf8)
        write("\r\u{1B}[2K> \(String(decoding: line, as: UTF8.self))")
      case 32...:
        line.append(byte)
        write("\r\u{1B}[2K> \(String(decoding: line, as: UTF8.self))")
      default: break
      }
    }
    return nil
  }

  package func pause(_ duration: Duration) async throws(CallerHungUp) {
    do { try await time.sleep(for: duration) } catch { throw CallerHungUp() }
  }

  private func key(_ byte: UInt8) throws(CallerHungUp) -> Character? {
    switch byte {
    case 3, 4, UInt8(ascii: "h"), UInt8(ascii: "H"): throw hangUp()
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "#"):
      let key = Character(Unicode.Scalar(byte))
      write("\(key) ")
      return key
    default: return nil
    }
  }

  private func hangUp() -> CallerHungUp {
    state.withLock { $0.hasHungUp = true }
    return CallerHungUp()
  }

  /// Nil when nothing has been typed. The end of the input is a caller who hangs up.
  private func nextByte() throws(CallerHungUp) -> UInt8? {
    var descriptor = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, 0) > 0 else { return nil }
    var byte: UInt8 = 0
    guard read(input, &byte, 1) == 1 else { throw hangUp() }
    return byte
  }

  private func write(_ text: String) {
    guard isatty(output) == 1 else { return }
    _ = Array(text.utf8).withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
  }
}
