/// A balance as it is read out.
package enum BalanceSpeech {
  /// - Parameter language: a tag such as `de-AT`; what is neither German nor English is English.
  package static func sentence(available: Int64, language: String?) -> String {
    let isGerman = language?.utf8.prefix(2).elementsEqual("de".utf8, by: { $0 | 0x20 == $1 }) ?? false
    switch (isGerman, available) {
    case (true, 0): return "Sie haben im Moment keine Punkte."
    case (true, 1): return "Sie haben einen Punkt."
    case (true, _): return "Sie haben \(grouped(available, by: ".")) Punkte."
    case (false, 0): return "You have no points at the moment."
    case (false, 1): return "You have one point to spend."
    case (false, _): return "You have \(grouped(available, by: ",")) points to spend."
    }
  }

  static func grouped(_ number: Int64, by separator: Character) -> String {
    let (digits, separator) = (String(number.magnitude).utf8, Array(separator.utf8))
    var text = Array((number < 0 ? "-" : "").utf8)
    var left = digits.count
    for digit in digits {
      text.append(digit)
      left -= 1
      if left > 0, left.isMultiple(of: 3) { text += separator }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
