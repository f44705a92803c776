/// The frame of the sandbox's pages: one file each, no script, nothing fetched, light or dark as the reader's system is.
enum Page {
  /// - Parameter content: HTML in which everything that came from outside is escaped.
  static func html(title: String, _ content: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title.escapedForHTML) – Ringback sandbox</title>
    <style>\(style)</style>
    </head>
    <body>
    <header><a href="/">Ringback sandbox</a><nav><a href="/_inbox">Inbox</a> <a href="/_orders">Orders</a></nav></header>
    <main>
    \(content)
    </main>
    </body>
    </html>

    """
  }

  private static let style = """
    :root{--page:#fff;--text:#1c1f24;--quiet:#5a6270;--line:#dfe3e8;--card:#f6f7f9;--link:#0b5cad;--good:#1a7f37;--bad:#b42318}
    @media(prefers-color-scheme:dark){:root{--page:#14161a;--text:#e8eaed;--quiet:#9aa3af;--line:#2c3138;--card:#1c1f25;
    --link:#7ab7ff;--good:#57c278;--bad:#ff8a80}}
    *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
    header{display:flex;justify-content:space-between;gap:1rem;padding:.75rem 1.25rem;border-bottom:1px solid var(--line)}
    main{max-width:52rem;margin:0 auto;padding:1.25rem}a{color:var(--link)}header a{font-weight:600;text-decoration:none}
    h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
    td,th{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line)}
    code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}.scroll{overflow-x:auto}.quiet{color:var(--quiet)}
    article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:.75rem 0}
    article p{margin:.35rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.good{color:var(--good)}.bad{color:var(--bad)}
    """
}

extension String {
  /// For HTML text and for attribute values in either kind of quote.
  var escapedForHTML: String {
    var output = ""
    for character in unicodeScalars {
      switch character {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default: output.unicodeScalars.append(character)
      }
    }
    return output
  }
}
