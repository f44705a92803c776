import Core

/// `txn_…`: a transaction's place in the journal and a part of its hash, so that it is found without an index and hard to
/// guess.
package struct TransactionID: Sendable, Hashable, CustomStringConvertible {
  package let sequence: Int64
  /// The first 60 bits of the hash.
  package let check: UInt64

  package init(_ entry: LedgerEntry) {
    sequence = entry.sequence
    check = entry.hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } >> 4
  }

  package var description: String { "txn_" + Base32.text(UInt64(sequence), digits: 8) + Base32.text(check, digits: 12) }

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

  package var description: String { "acc_" + Base32.text(UInt64(number), digits: 8) + Base32.text(tag, digits: 12) }

  package init?(_ text: String) {
    guard let (number, tag) = Base32.pair(text, prefix: "acc_"), number >= BookAccount.firstCustomer else { return nil }
    self.number = Int64(number)
    self.tag = tag
  }
}

/// Crockford's digits, as in the other ids.
private enum Base32 {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// The lowest `5 * digits` bits.
  static func text(_ number: UInt64, digits: Int) -> String {
    String(unsafeUninitializedCapacity: digits) { buffer in
      for place in 0..<digits { buffer[place] = alphabet[Int(number >> UInt64(5 * (digits - 1 - place)) & 31)] }
      return digits
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
