import Core
import Glibc
import Security

/// A file that is imported, by its bytes.
struct ImportFile: Sendable {
  /// What is hashed together.
  private static let block = 1 << 20

  let path: String
  let size: Int64
  /// SHA-256 over the hashes of its blocks of a MiB: the same content is the same import.
  let digest: [UInt8]
  let format: ImportFormat
  /// Where the first row begins, and the number of its line.
  let start: (offset: Int64, line: Int64)

  package enum Failure: Error, Sendable, Hashable {
    case unreadable(String)
    case header(ImportFault)
    /// What was checked cannot be kept until it is applied.
    case spool(_ folder: String, String)
  }

  /// Reads it once, for its digest.
  init(_ path: String, format named: String?) throws(Failure) {
    self.path = path
    var hashes = Array("ringback/import/1".utf8)
    var size: Int64 = 0
    var first: [UInt8] = []
    let blocks = try Blocks(path, from: 0)
    while let block = try blocks.next(Self.block) {
      if size == 0 { first = block }
      size += Int64(block.count)
      hashes += SHA256.digest(of: block)
    }
    (self.size, digest) = (size, SHA256.digest(of: hashes))
    if named == "ndjson" || (named == nil && (path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl"))) {
      (format, start) = (.ndjson, (0, 1))
    } else {
      let header = first.prefix { $0 != UInt8(ascii: "\n") }
      do throws(ImportFault) {
        guard let text = Self.text(header) else {
          throw ImportFault(line: 1, code: "header", text: "is no UTF-8")
        }
        format = try .csv(header: text)
      } catch {
        throw .header(error)
      }
      start = (Int64(min(header.count + 1, first.count)), 2)
    }
  }

  /// Nil for what is no UTF-8.
  private static func text(_ bytes: ArraySlice<UInt8>) -> Substring? {
    String(validating: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self).map { $0[...] }
  }

  /// All rows, some MiB at a time.
  func lines() throws(Failure) -> Lines { Lines(try Blocks(path, from: start.offset), firstLine: start.line) }

  /// Whole lines of a file, as many as a block has.
  struct Lines {
    private let blocks: Blocks
    private var number: Int64
    private var rest: [UInt8] = []

    fileprivate init(_ blocks: Blocks, firstLine: Int64) {
      (self.blocks, number) = (blocks, firstLine)
    }

    /// Nil after the last.
    mutating func next() throws(Failure) -> ImportText? {
      var bytes = rest
      while true {
        guard let block = try blocks.next(ImportFile.block) else {
          // The last line may do without its end.
          rest = []
          return bytes.isEmpty ? nil : take(bytes + [UInt8(ascii: "\n")])
        }
        bytes += block
        guard let end = block.lastIndex(of: UInt8(ascii: "\n")) else { continue }
        rest = Array(block[(end + 1)...])
        bytes.removeLast(rest.count)
        return take(bytes)
      }
    }

    private mutating func take(_ bytes: [UInt8]) -> ImportText {
      defer { for byte in bytes where byte == UInt8(ascii: "\n") { number += 1 } }
      return ImportText(bytes: bytes, firstLine: number)
    }
  }

  /// A file read from a place on.
  fileprivate final class Blocks {
    private let descriptor: Int32

    init(_ path: String, from offset: Int64) throws(Failure) {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
        throw .unreadable(String(cString: strerror(errno)))
      }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func next(_ count: Int) throws(Failure) -> [UInt8]? {
      var failed = false
      let block = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
          let got = read(descriptor, buffer.baseAddress! + filled, count - filled)
          failed = got < 0
          guard got > 0 else { return }
          filled += got
        }
      }
      if failed { throw .unreadable(String(cString: strerror(errno))) }
      return block.isEmpty ? nil : block
    }
  }
}

/// Some lines of a file.
struct ImportText: Sendable {
  let bytes: [UInt8]
  let firstLine: Int64

  /// - Parameter partitions: how many the rows are set apart in.
  func rows(_ format: ImportFormat, _ keys: CustomerKeys, partitions: Int) -> ImportRows {
    var rows = ImportRows(partitions: partitions, bytes: bytes.count)
    var fields = ImportFields()
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var (start, number) = (0, firstLine)
      while let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start) {
        let end = UnsafeRawPointer(found) - base
        let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(hasReturn ? end - 1 : end)])
        do throws(ImportFault) {
          try Self.read(line, number, format, keys, &fields, into: &rows)
        } catch {
          rows.faults.append(error)
        }
        (start, number) = (end + 1, number + 1)
      }
    }
    return rows
  }

  private static func read(
    _ line: UnsafeRawBufferPointer, _ number: Int64, _ format: ImportFormat, _ keys: CustomerKeys,
    _ fields: inout ImportFields, into rows: inout ImportRows
  ) throws(ImportFault) {
    guard !line.isEmpty else { return }
    var (all, isPlain) = (UInt8(0), true)
    for byte in line {
      all |= byte
      isPlain = isPlain && byte != UInt8(ascii: "\"")
    }
    guard all < 128 || String(validating: line, as: UTF8.self) != nil else {
      throw ImportFault(line: number, code: "line", text: "is no UTF-8")
    }
    try format.read(line, isPlain: isPlain, number: number, into: &fields)
    try fields.check(number, of: line, keys, into: &rows)
  }
}
