import Core
import Glibc
import Security

/// A file that is imported, by its bytes.
struct ImportFile: Sendable {
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
        guard let text = ImportPart.text(header) else {
          throw ImportFault(line: 1, code: "header", text: "is no UTF-8")
        }
        format = try .csv(header: text)
      } catch {
        throw .header(error)
      }
      start = (Int64(min(header.count + 1, first.count)), 2)
    }
  }

  /// So many lines from a place on, parsed and in the order in which they are applied.
  func part(
    at offset: Int64, line: Int64, lines limit: Int, keys: CustomerKeys
  ) throws(Failure) -> ImportPart {
    let blocks = try Blocks(path, from: offset)
    var part = ImportPart(offset: offset, line: line, lines: limit)
    var rest: [UInt8] = []
    while part.lines < limit {
      guard let block = try blocks.next(Self.block) else {
        // The last line may do without its end.
        if !rest.isEmpty { part.take(rest + [UInt8(ascii: "\n")], format, keys) }
        part.end = min(part.end, size)
        break
      }
      rest += block
      rest.removeFirst(part.take(rest, format, keys))
    }
    part.sort()
    return part
  }

  /// A file read from a place on.
  private final class Blocks {
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

/// Some lines of a file, as they are applied.
struct ImportPart: Sendable {
  let offset: Int64
  let line: Int64
  private(set) var lines = 0
  /// Where the next part begins.
  var end: Int64
  private(set) var rows: [ImportRow] = []
  private(set) var faults: [ImportFault] = []
  private let limit: Int

  /// - Parameter limit: how many lines it may have.
  init(offset: Int64, line: Int64, lines limit: Int) {
    (self.offset, self.line, self.limit, end) = (offset, line, limit, offset)
  }

  /// Nil for what is no UTF-8.
  static func text(_ bytes: ArraySlice<UInt8>) -> Substring? {
    String(validating: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self).map { $0[...] }
  }

  /// Takes the lines that end in some bytes, up to the limit.
  ///
  /// - Returns: how many bytes they are.
  @discardableResult
  mutating func take(_ bytes: [UInt8], _ format: ImportFormat, _ keys: CustomerKeys) -> Int {
    bytes.withUnsafeBytes { bytes in
      var fields = ImportFields()
      var start = 0
      while lines < limit, let base = bytes.baseAddress,
        let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
      {
        let end = UnsafeRawPointer(found) - base
        let hasReturn = end > start && bytes[end - 1] == UInt8(ascii: "\r")
        take(UnsafeRawBufferPointer(rebasing: bytes[start..<(hasReturn ? end - 1 : end)]), format, keys, &fields)
        start = end + 1
      }
      end += Int64(start)
      return start
    }
  }

  private mutating func take(
    _ bytes: UnsafeRawBufferPointer, _ format: ImportFormat, _ keys: CustomerKeys, _ fields: inout ImportFields
  ) {
    let number = line + Int64(lines)
    lines += 1
    guard !bytes.isEmpty else { return }
    var (all, isPlain) = (UInt8(0), true)
    for byte in bytes {
      all |= byte
      isPlain = isPlain && byte != UInt8(ascii: "\"")
    }
    do throws(ImportFault) {
      guard all < 128 || String(validating: bytes, as: UTF8.self) != nil else {
        throw ImportFault(line: number, code: "line", text: "is no UTF-8")
      }
      try format.read(bytes, isPlain: isPlain, number: number, into: &fields)
      rows.append(try fields.row(number, of: bytes, keys))
    } catch {
      faults.append(error)
    }
  }

  /// In place, as a part is large.
  mutating func sort() {
    var sources = rows.indices.map { (key: rows[$0].order, index: $0) }.sorted {
      ($0.key, $0.index) < ($1.key, $1.index)
    }.map(\.index)
    // Round by round: each place takes its row from the place of the next.
    for start in sources.indices {
      var place = start
      while sources[place] != start {
        let source = sources[place]
        rows.swapAt(place, source)
        sources[place] = place
        place = source
      }
      sources[place] = place
    }
  }
}
