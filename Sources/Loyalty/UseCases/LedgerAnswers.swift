/// What became of commands that were committed together, in their order.
///
/// The postings themselves are made when they are asked for, by whoever answers: the one thread that writes has no time.
package struct LedgerAnswers: Sendable {
  /// What is known of an account right after a transaction of the commit.
  struct After: Sendable {
    /// The transaction among those of the commit.
    let index: Int
    let account: AccountID
    let available: Int64
    let held: Int64
    let version: Int64
    let tier: String
  }

  fileprivate enum End: Sendable {
    case posted(After)
    /// The place in `others`.
    case other(Int)
  }

  fileprivate let decided: [Decided]
  fileprivate var ends: [End] = []
  fileprivate var others: [Ledger.Answer] = []
  private var range: Range<Int>

  package var startIndex: Int { range.lowerBound }
  package var endIndex: Int { range.upperBound }
}

extension LedgerAnswers: RandomAccessCollection {
  package subscript(_ position: Int) -> Ledger.Answer {
    precondition(range.contains(position), "no such answer")
    switch ends[position] {
    case .posted(let after): return .success(Posting(decided[after.index], after))
    case .other(let place): return others[place]
    }
  }

  package subscript(_ bounds: Range<Int>) -> LedgerAnswers {
    precondition(range.lowerBound <= bounds.lowerBound && bounds.upperBound <= range.upperBound, "no such answers")
    var part = self
    part.range = bounds
    return part
  }
}

extension LedgerAnswers {
  /// The answers as they come.
  struct Draft {
    private var ends: [End] = []
    private var others: [Ledger.Answer] = []

    init(count: Int) {
      ends.reserveCapacity(count)
    }

    mutating func add(_ after: After) { ends.append(.posted(after)) }

    mutating func add(_ answer: Ledger.Answer) {
      ends.append(.other(others.count))
      others.append(answer)
    }

    func answers(_ decided: [Decided]) -> LedgerAnswers {
      LedgerAnswers(decided: decided, ends: ends, others: others, range: 0..<ends.count)
    }
  }
}

extension Posting {
  init(_ decided: Decided, _ after: LedgerAnswers.After) {
    self.init(
      entry: decided.entry, detail: decided.detail, account: after.account, available: after.available,
      held: after.held, version: after.version, tier: after.tier)
  }
}
