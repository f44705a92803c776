import Core

/// `GET /_inbox` for a person.
enum InboxPage {
  static func html(_ items: [(item: Inbox.Item, status: String)]) -> String {
    let content =
      items.isEmpty
      ? "<p class=\"quiet\">Nothing has been sent yet. Texts, mails and call-backs show up here.</p>"
      : items.map(article).joined(separator: "\n")
    return Page.html(
      title: "Inbox",
      "<h1>Inbox</h1>\n<p class=\"quiet\">What the simulated vendors sent, newest first.</p>\n" + content)
  }

  private static func article(_ item: Inbox.Item, _ status: String) -> String {
    let kind =
      switch item.kind {
      case .text: "Text to"
      case .email: "E-mail to"
      case .callback: "Call-back to"
      }
    let isBad = status.contains("fail")
    var lines = [
      "<article><strong>\(kind) \(item.to.escapedForHTML)</strong> "
        + "<span class=\"\(isBad ? "bad" : "good")\">\(status.escapedForHTML)</span>"
    ]
    if let name = item.name { lines.append("<p>\(name.escapedForHTML)</p>") }
    if let subject = item.subject { lines.append("<p><strong>\(subject.escapedForHTML)</strong></p>") }
    if let body = item.body { lines.append("<p>\(body.escapedForHTML)</p>") }
    if let scheduled = item.scheduled { lines.append("<p>due <time>\(scheduled)</time></p>") }
    for member in item.attributes {
      lines.append("<p><code>\(member.name.escapedForHTML) = \((member.value.string ?? "").escapedForHTML)</code></p>")
    }
    let from = item.from.map { " from \($0.escapedForHTML)" } ?? ""
    lines.append(
      "<p class=\"quiet\"><time>\(item.sent)</time>\(from) · <code>\(item.id.escapedForHTML)</code></p></article>")
    return lines.joined(separator: "\n")
  }
}
