import Core

/// `txn_…`: a transaction's place in the journal and a part of its hash, so that it is found without an index and hard to
/// guess.
package struct TransactionID: Sendable, Hashable, CustomStringConvertible {
  package let sequence: Int64
  /// The first 60 bits of the hash.
  package let check: UInt64

  package init(_ entry: LedgerEntry) {
    sequence = entry.sequence
    check = entry.hash.prefix >> 4
  }

  package var description: String { Base32.text(write) }

  package func write(to output: inout [UInt8]) {
    Base32.write("txn_", UInt64(sequence), check, to: &output)
  }

  package init?(_ text: String) {
    guard let (sequence, check) = Base32.pair(text, prefix: "txn_"), sequence > 0 else { return nil }
    self.sequence = Int64(sequence)
    self.check = check
  }
}

/// `acc_…`: an account's number and its random tag.
package struct AccountID: Sendable, Hashable, CustomStringConvertible {
  package let number: Int64
  /// 60 bits.
  package let tag: UInt64

  package init(_ account: LedgerAccount) {
    number = account.id
    tag = account.tag
  }

  package var description: String { Base32.text(write) }

  package func write(to output: inout [UInt8]) {
    Base32.write("acc_", UInt64(number), tag, to: &output)
  }

  package init?(_ text: String) {
    guard let (number, tag) = Base32.pair(text, prefix: "acc_"), number >= BookAccount.firstCustomer else { return nil }
    self.number = Int64(number)
    self.tag = tag
  }
}

/// Crockford's digits, as in the other ids.
private enum Base32 {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  static func text(_ write: (inout [UInt8]) -> Void) -> String {
    var bytes: [UInt8] = []
    write(&bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The lowest 40 bits of the first in eight digits, the lowest 60 of the second in twelve.
  static func write(_ prefix: StaticString, _ first: UInt64, _ second: UInt64, to output: inout [UInt8]) {
    output.append(atMost: prefix.utf8CodeUnitCount + 20) { output in
      output.append(prefix)
      for place in 0..<8 { output.append(alphabet[Int(first >> UInt64(35 - 5 * place) & 31)]) }
      for place in 0..<12 { output.append(alphabet[Int(second >> UInt64(55 - 5 * place) & 31)]) }
    }
  }

  /// Eight digits and twelve.
  static func pair(_ text: String, prefix: String) -> (UInt64, UInt64)? {
    let digits = Array(text.utf8.dropFirst(4))
    guard text.hasPrefix(prefix), digits.count == 20 else { return nil }
    func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
      var value: UInt64 = 0
      for digit in digits {
        guard let next = alphabet.firstIndex(of: digit) else { return nil }
        value = value << 5 | UInt64(next)
      }
      return value
    }
    guard let first = number(digits[..<8]), let second = number(digits[8...]) else { return nil }
    return (first, second)
  }
}
