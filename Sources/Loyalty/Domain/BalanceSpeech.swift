/// A balance as it is read out.
package enum BalanceSpeech {
  /// - Parameter language: a tag such as `de-AT`; what is neither German nor English is English.
  package static func sentence(available: Int64, language: String?) -> String {
    let isGerman = language?.lowercased().hasPrefix("de") ?? false
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
    var text = ""
    for (place, digit) in String(number).reversed().enumerated() {
      if place > 0, place.isMultiple(of: 3) { text.append(separator) }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
