"""What the tests of the widget share: a portal of their own, pages of the one browser, and words for what a customer does."""
import json
import unittest

import standin

BROWSER = None
SCREENSHOTS = None
PORTAL = standin.StandIn

PRELUDE = """
window.events = [];
window.start = (options, place = 'loyalty-portal') => LoyaltyWidget.init({container: place, apiUrl: '/v1/portal', locale: 'en', refreshInterval: 0,
  onEvent: (type, detail) => events.push([type, detail]), ...options});
window.root = (place = 'loyalty-portal') => document.getElementById(place).lastElementChild.shadowRoot;
window.q = (selector, place) => root(place).querySelector(selector);
window.all = (selector, place) => [...root(place).querySelectorAll(selector)].filter((node) => node.checkVisibility());
window.shown = (selector, place) => all(selector, place).map((node) => node.innerText).join('\\n');
window.button = (words, place) => all('button', place).find((node) => node.textContent.trim().startsWith(words) && !node.closest('dialog'));
window.answer = (words, place) => all('dialog button', place).find((node) => node.textContent.trim().startsWith(words));
window.card = (title, place) => all('li.reward', place).find((node) => node.querySelector('h3').textContent === title);
window.told = (type) => events.filter(([name]) => name === type);
"""


def of_the_stand_in(test):
    """What only the stand-in of the portal can be brought to show: its own tiers, ends of lots and pages."""
    return unittest.skipUnless(PORTAL is standin.StandIn, "the stand-in's own data")(test)


class Case(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.portal = PORTAL()
        self.addCleanup(self.portal.stop)
        self.pages = []

    def tearDown(self):
        for page in self.pages:
            self.assertEqual([], page.js("violations"), "the page's Content-Security-Policy was violated")
            self.assertEqual([], page.problems, "an error that nobody caught")
            page.close()

    def shop(self, points=3200, **customer):
        """A customer and some rewards."""
        self.portal.customer(points=points, **customer)
        self.portal.reward("RWD-1", "Coffee for two", 2500, stock=12, limit_per_customer=2, description={"en": "At any of our cafés.", "de": "In jedem unserer Cafés."})
        self.portal.reward("RWD-2", "Cinema ticket", 900, stock=100, methods=["code", "email"], codes=["KINO-7731-XQ", "KINO-7732-XQ"])
        self.portal.reward("RWD-3", "Weekend in Rome", 48000)

    def page(self, width=1000, height=900, dark=False, query="session=", base=None):
        page = BROWSER.page(width, height, dark)
        self.pages.append(page)
        page.open(f"{base or self.portal.url}/dev/portal?{query}")
        page.js(PRELUDE)
        return page

    def widget(self, page=None, token=None, ready=True, **options):
        page = page or self.page()
        options["sessionToken"] = token or self.portal.session()
        page.js(f"void (window.widget = start({json.dumps(options)}))")
        if ready:
            page.wait("told('ready').length && !q('.skeleton')")
        return page

    def confirm(self, page, title, words="Redeem for"):
        page.click(f"card({json.dumps(title)}).querySelector('button')")
        page.click(f"answer({json.dumps(words)})")

    def leave(self, page, words):
        """Closes the dialog, and waits until the focus is back: that scrolls."""
        page.click(f"answer({json.dumps(words)})")
        page.wait("!q('dialog').open && root().activeElement && !q('dialog').contains(root().activeElement)")

    def keys(self, page):
        """The idempotency keys that were sent, in order."""
        return [json.loads(body)["idempotency_key"] for method, url, body in page.requests if url.endswith("/redeem") and method == "POST"]

    def picture(self, page, name):
        if SCREENSHOTS:
            page.js("document.getElementById('hint').hidden = true")
            page.screenshot(SCREENSHOTS / f"{name}.png", full=not page.js("all('dialog').length"))
