/// The name that was probably meant: the one with the least edits (a letter added, dropped, changed, or two swapped), if
/// they are few for its length. For "Did you mean …?".
package func nearestName(to word: String, among names: some Sequence<String>) -> String? {
  let word = word.lowercased()
  let ranked = names.map { ($0, editDistance(Array(word.utf8), Array($0.lowercased().utf8))) }
  guard let (name, distance) = ranked.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
  return distance <= max(1, min(word.utf8.count, name.utf8.count) / 3) ? name : nil
}

/// ` Did you mean "x"?`, or nothing when no name is near.
package func nearestNameHint(for word: String, among names: some Sequence<String>) -> String {
  nearestName(to: word, among: names).map { " Did you mean \"\($0)\"?" } ?? ""
}

/// Optimal string alignment.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  if left.isEmpty || right.isEmpty { return left.count + right.count }
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for (row, character) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (character == other ? 0 : 1))
      if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
