import Core
import Glibc
import Synchronization
import Telemetry
import Testing

/// Keeps what was written.
final class Lines: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
  var all: [JSONValue] {
    get throws { try text.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) } }
  }

  @Sendable func write(_ line: [UInt8]) { bytes.withLock { $0 += line } }
}

@Suite struct LoggerTests {
  let lines = Lines()
  let output: LogOutput

  init() {
    output = LogOutput(level: .info, time: ManualTime(now: Timestamp(seconds: 1_795_000_000)), write: lines.write)
  }

  @Test func writesOneObjectALineWithTheRequestIDInFront() {
    Logger(output).with(requestID: "call-77").with(["a": 1]).info("order looked up", ["status": 200, "b": "x\ny"])
    #expect(
      lines.text
        == #"{"ts":"2026-11-18T11:06:40.000Z","level":"info","message":"order looked up","request_id":"call-77","#
        + #""a":1,"b":"x\ny","status":200}"# + "\n")
  }

  @Test func masksEveryField() {
    Logger(output).with(requestID: "4242424242424242").warning(
      "a bad day", ["error": "card 4242 4242 4242 4242", "token": "secret-1", "body": ["phone": "+4930123456"]])
    #expect(!lines.text.contains("4242424242424242"))
    #expect(!lines.text.contains("4242 4242"))
    #expect(!lines.text.contains("secret-1"))
    #expect(!lines.text.contains("+4930123456"))
  }

  @Test func escapesWhatATerminalWouldObey() {
    Logger(output).info("odd", ["text": "a\u{1B}[31m\r\nb\u{7F}"])
    #expect(lines.text.contains(#"a\u001b[31m\r\nb\u007f"#))
  }

  @Test func aFieldCannotShadowWhatLeadsTheLine() throws {
    Logger(output).info("real", ["message": "forged", "level": "debug"])
    let line = try #require(try lines.all.first)
    #expect(line["message"] == "real")
    #expect(line["message_"] == "forged")
    #expect(line["level"] == "info")
  }

  @Test func aLineFieldByFieldReadsAsAnyOther() {
    Logger(output).info("request") { line in
      line.add("request_id", "call-77")
      line.add("bytes", 0)
      line.add("ms", .microseconds(1_045))
      line.add("route", ours: #"/v1/"x"#)
    }
    #expect(
      lines.text
        == #"{"ts":"2026-11-18T11:06:40.000Z","level":"info","message":"request","request_id":"call-77","#
        + #""bytes":0,"ms":1.045,"route":"/v1/\"x"}"# + "\n")
  }

  @Test func aLineFieldByFieldIsMaskedUnlessItIsOurs() {
    Logger(output).with(["a": "4242 4242 4242 4242"]).info("request") { $0.add("request_id", "4242424242424242") }
    #expect(!lines.text.contains("4242424242424242"))
    #expect(!lines.text.contains("4242 4242"))
  }

  @Test func aLineOfASilentLevelIsNotMade() {
    output.level = .warning
    Logger(output).info("request") { _ in Issue.record("made") }
    #expect(lines.text.isEmpty)
  }

  @Test func levelsMayChangeWhileRunning() throws {
    let logger = Logger(output)
    logger.debug("one")
    output.level = .debug
    logger.debug("two")
    output.level = .error
    logger.warning("three")
    #expect(try lines.all.map { $0["message"]?.string } == ["two"])
    #expect(output.level == .error)
  }

  @Test func fieldsOfASilentLevelAreNotComputed() {
    var computed = false
    func fields() -> [String: JSONValue] {
      computed = true
      return [:]
    }
    Logger(output).debug("quiet", fields())
    #expect(!computed)
  }
}

@Suite struct StandardErrorSinkTests {
  private func makePipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  private func readAll(_ descriptor: Int32) -> String {
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: output, as: UTF8.self) }
      output += chunk[..<count]
    }
  }

  @Test func writesEverythingBeforeItCloses() {
    let ends = makePipe()
    let sink = StandardErrorSink(descriptor: ends.write)
    for number in 0..<200 { sink.write(Array("line \(number)\n".utf8)) }
    sink.close()
    Glibc.close(ends.write)
    let lines = readAll(ends.read).split(separator: "\n")
    Glibc.close(ends.read)
    #expect(lines == (0..<200).map { "line \($0)" })
    #expect(sink.droppedLines == 0)
  }

  /// The thread naps after the first line; what comes meanwhile is written when it wakes, with nobody to signal it.
  @Test func linesThatComeDuringTheNapAreWritten() {
    let ends = makePipe()
    let sink = StandardErrorSink(descriptor: ends.write)
    var text = ""
    for number in 0..<3 {
      sink.write(Array("line \(number)\n".utf8))
      var chunk = [UInt8](repeating: 0, count: 100)
      let count = read(ends.read, &chunk, chunk.count)
      text += String(decoding: chunk[..<max(0, count)], as: UTF8.self)
    }
    #expect(text == "line 0\nline 1\nline 2\n")
    sink.close()
    Glibc.close(ends.write)
    Glibc.close(ends.read)
  }

  /// Nobody reads the pipe, so it fills, then the buffer fills, and then lines are dropped; the writer never waits.
  @Test func dropsAndCountsWhenNobodyReads() {
    let ends = makePipe()
    let sink = StandardErrorSink(capacity: 10_000, descriptor: ends.write)
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 999) + [0x0A]
    for _ in 0..<500 { sink.write(line) }
    #expect(sink.droppedLines > 300)
    let reader = ReaderThread(ends.read)
    sink.close()
    Glibc.close(ends.write)
    let text = reader.join()
    #expect(text.contains(#""message":"log lines dropped","count":"#))
    #expect(text.split(separator: "\n").count(where: { $0.hasPrefix("x") }) == 500 - sink.droppedLines)
  }

  @Test func aLineAfterClosingIsDropped() {
    let ends = makePipe()
    let sink = StandardErrorSink(descriptor: ends.write)
    sink.close()
    sink.write([0x0A])
    #expect(sink.droppedLines == 1)
    sink.close()
    Glibc.close(ends.write)
    Glibc.close(ends.read)
  }
}

/// Reads a pipe to its end on a thread of its own.
private final class ReaderThread: Sendable {
  private let text = Mutex("")
  private let thread: Mutex<pthread_t>

  init(_ descriptor: Int32) {
    thread = Mutex(pthread_t())
    let box = Unmanaged.passRetained(Job(owner: self, descriptor: descriptor))
    thread.withLock { thread in
      _ = pthread_create(&thread, nil, readerBody, box.toOpaque())
    }
  }

  final class Job {
    let owner: ReaderThread
    let descriptor: Int32
    init(owner: ReaderThread, descriptor: Int32) {
      self.owner = owner
      self.descriptor = descriptor
    }
  }

  func join() -> String {
    pthread_join(thread.withLock { $0 }, nil)
    return text.withLock { $0 }
  }

  fileprivate func run(_ descriptor: Int32) {
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      output += chunk[..<count]
    }
    close(descriptor)
    text.withLock { $0 = String(decoding: output, as: UTF8.self) }
  }
}

private func readerBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  let job = Unmanaged<ReaderThread.Job>.fromOpaque(context).takeRetainedValue()
  job.owner.run(job.descriptor)
  return nil
}
