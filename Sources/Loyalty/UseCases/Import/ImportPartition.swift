import Core

/// Rows of the spool, in the order in which they are applied: by the customers' hashes, and a customer's as they stand in
/// the file.
struct ImportPartition: Sendable {
  private let bytes: [UInt8]
  /// Where each begins, and where the last ends.
  private let places: [Int]

  private struct Source {
    let order: UInt64
    let offset: Int
    let length: Int
  }

  /// - Parameter rows: one behind the other, in the order of the file.
  init(_ rows: [UInt8]) {
    let sources = rows.withUnsafeBytes { rows in
      var sources: [Source] = []
      var offset = 0
      while offset < rows.count {
        let row = rows.loadUnaligned(fromByteOffset: offset, as: ImportRow.self)
        sources.append(Source(order: row.order, offset: offset, length: row.length))
        offset += row.length
      }
      func customer(_ row: Source) -> Bytes32 { rows.loadUnaligned(fromByteOffset: row.offset, as: Bytes32.self) }
      sources.sort { one, other in
        guard one.order == other.order else { return one.order < other.order }
        let (left, right) = (customer(one), customer(other))
        return left == right ? one.offset < other.offset : left < right
      }
      return sources
    }
    // Who applies them reads them one after the other.
    var places = [0]
    places.reserveCapacity(sources.count + 1)
    bytes = [UInt8](unsafeUninitializedCapacity: rows.count) { bytes, count in
      for source in sources {
        _ = UnsafeMutableBufferPointer(rebasing: bytes[count..<count + source.length]).update(
          fromContentsOf: rows[source.offset..<source.offset + source.length])
        count += source.length
        places.append(count)
      }
    }
    self.places = places
  }

  var count: Int { places.count - 1 }

  subscript(_ index: Int) -> ImportRow {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: places[index], as: ImportRow.self) }
  }

  /// Where the rows of the customer end that begin at a place.
  func run(from start: Int) -> Int {
    let customer = self[start].newest
    var end = start + 1
    while end < count, self[end].newest == customer { end += 1 }
    return end
  }

  func customer(_ index: Int) -> Customer {
    let row = self[index]
    guard row.olderCount > 0 else { return .hash(row.newest, older: []) }
    let start = places[index] + MemoryLayout<ImportRow>.size
    return bytes.withUnsafeBytes { bytes in
      .hash(
        row.newest,
        older: (0..<Int(row.olderCount)).map { number in
          bytes.loadUnaligned(
            fromByteOffset: start + number * MemoryLayout<CustomerHash>.size, as: CustomerHash.self)
        })
    }
  }

  /// - Parameter prefix: of the key, before the number of the line.
  func command(_ index: Int, for customer: Customer, keyed prefix: [UInt8]) -> LedgerCommand {
    let row = self[index]
    let key = String(unsafeUninitializedCapacity: prefix.count + ByteWriter.longestNumber) { key in
      var writer = ByteWriter(UnsafeMutableRawBufferPointer(key))
      prefix.withUnsafeBytes { writer.append($0) }
      writer.append(decimal: row.line)
      return writer.count
    }
    let end = places[index + 1]
    let middle = end - Int(row.referenceBytes)
    return LedgerCommand(
      row.action, for: customer, key: key,
      reason: row.reasonBytes == 0 ? "opening" : text(middle - Int(row.reasonBytes)..<middle),
      reference: row.referenceBytes == 0 ? nil : text(middle..<end), earnedOn: row.earnedOn,
      qualifying: row.kind == .accrual && row.earnedOn == nil ? 0 : nil, isKeyKept: false)
  }

  /// UTF-8 that was checked when the line was read.
  private func text(_ range: Range<Int>) -> String {
    bytes.withUnsafeBytes { String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }
}
