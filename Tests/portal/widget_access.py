"""Usable with a keyboard, with a screen reader, by weak eyes, on a small screen."""
import pathlib
import time

from case import Case, of_the_stand_in

CHECKS = (pathlib.Path(__file__).resolve().parent / "checks.js").read_text().strip().rstrip(";")
ACCENTS = ["", "#ffd400", "#e4002b", "#0050ff", "#777777", "#7a7a7a", "#101010", "#f5f5f5", "#00a86b"]


class Access(Case):
    def rich(self):
        soon, late = (time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + days * 86400)) for days in (12, 90))
        self.portal.customer(points=3200, held=1000, expiring=[{"points": 300, "at": soon}, {"points": 1200, "at": late}])
        picture = {"image_url": None}
        self.portal.reward("RWD-8842", "Coffee for two", 2500, stock=12, description={"en": "Two drinks of your choice and a slice of cake, in any of our cafés.",
                           "de": "Zwei Getränke nach Wahl und ein Stück Kuchen, in jedem unserer Cafés."}, **picture)
        self.portal.reward("RWD-8847", "Cinema ticket", 900, stock=140, methods=["code", "email"], codes=["KINO-7731-XQ", "KINO-7732-XQ"],
                           description={"en": "Any film, any day, in more than 300 cinemas.", "de": "Jeder Film, jeder Tag, in mehr als 300 Kinos."})
        self.portal.reward("RWD-8850", "Free delivery for a year", 3000, limit_per_customer=1, available_until=late,
                           description={"en": "Every order, no minimum.", "de": "Jede Bestellung, ohne Mindestwert."})
        self.portal.reward("RWD-8853", "Noise-cancelling headphones", 12000, stock=40, description={"en": "Wireless, thirty hours of music.", "de": "Kabellos, dreißig Stunden Musik."})
        self.portal.reward("RWD-8856", "Picnic basket", 1800, stock=0, description={"en": "For four, filled by our bakers.", "de": "Für vier, von unseren Bäckern gefüllt."})
        self.portal.reward("RWD-8859", "Dinner with the chef", 3000, tier="gold", stock=6, description={"en": "Five courses at the kitchen table.", "de": "Fünf Gänge am Küchentisch."})

    def clean(self, page, what):
        found = page.js(f"({CHECKS})(root())")
        self.assertEqual([], found, what)
        self.assertLessEqual(page.js("document.documentElement.scrollWidth"), page.js("innerWidth"), what + ": it scrolls sideways")

    def walk(self, theme, width, locale="en"):
        """Through all that a customer sees, each looked at closely."""
        self.rich()
        page = self.page(width=width, height=800, dark=theme == "dark")
        page.js(f"document.getElementById('theme').value = '{theme}'; document.getElementById('theme').dispatchEvent(new Event('change')); dress()")
        self.widget(page, theme=theme, locale=locale)
        words = {"en": ("Redeem for", "Done", "Receipts", "History"), "de": ("Für", "Fertig", "Belege", "Verlauf")}[locale]
        name = f"{theme}-{width}-{locale}"

        def look(state):
            self.clean(page, f"{name} {state}")
            self.picture(page, f"{name}-{state}")

        look("rewards")
        page.click("all('.grid button')[1]")
        page.wait(f"answer('{words[0]}')")
        look("confirm")
        page.click(f"answer('{words[0]}')")
        page.wait(f"answer('{words[1]}')")
        look("receipt")
        self.leave(page, words[1])
        page.click(f"button('{words[2]}')")
        page.wait("shown('.rows').includes('KINO')")
        look("receipts")
        page.click(f"button('{words[3]}')")
        page.wait("all('.rows b').length === 2")
        look("history")

    @of_the_stand_in
    def test_light(self):
        self.walk("light", 1000)

    @of_the_stand_in
    def test_dark(self):
        self.walk("dark", 1000)

    @of_the_stand_in
    def test_small(self):
        self.walk("light", 360)

    @of_the_stand_in
    def test_small_and_dark_in_german(self):
        self.walk("dark", 360, "de")

    def test_auto_follows_the_system(self):
        self.shop()
        page = self.widget(self.page(dark=True))
        self.assertTrue(page.js("q('.root').classList.contains('dark')"))
        page.media(dark=False)
        page.wait("!q('.root').classList.contains('dark')")

    def test_any_accent_colour_is_readable(self):
        self.rich()
        page = self.widget()
        for theme in ("light", "dark"):
            page.js(f"widget.update({{theme: '{theme}'}})")
            for accent in ACCENTS:
                page.js(f"document.getElementById('loyalty-portal').style.setProperty('--ringback-accent', '{accent}')" if accent else "0")
                self.clean(page, f"{theme} {accent}")
                if accent == "#ffd400":
                    self.picture(page, f"{theme}-yellow")

    def test_states_are_readable(self):
        self.shop()
        page = self.widget()
        for theme in ("light", "dark"):
            page.js(f"widget.update({{theme: '{theme}'}})")
            page.offline()
            page.wait("shown('.notice')")
            self.clean(page, theme + " offline")
            page.offline(False)
            page.wait("!shown('.notice')")
        page.fault("/redeem", times=3)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Ask again')")
        self.clean(page, "unclear")
        self.picture(page, "unclear")
        self.leave(page, "Not now")
        page.wait("shown('.notice')")
        self.clean(page, "notice")
        self.picture(page, "notice")

    @of_the_stand_in
    def test_keyboard_alone(self):
        self.shop()
        page = self.widget()
        page.js("document.getElementById('locale').focus()")
        page.key("Tab")
        self.assertEqual("Rewards", page.js("root().activeElement?.textContent"))
        page.key("ArrowRight")
        self.assertEqual(["Receipts", "true"], page.js("[root().activeElement?.textContent, root().activeElement?.ariaSelected]"))
        page.key("End")
        self.assertEqual("History", page.js("root().activeElement?.textContent"))
        page.key("Home")
        page.wait("root().activeElement?.textContent === 'Rewards' && card('Coffee for two')")
        page.key("Tab")
        page.key("Tab")
        self.assertIn("Cinema ticket", page.js("root().activeElement?.textContent"))
        page.key("Enter")
        page.wait("q('dialog').open && root().activeElement?.id === 'dialog-title'")
        page.key("Tab")
        self.assertEqual("code", page.js("root().activeElement?.value"))
        page.key("ArrowDown")
        self.assertEqual("email", page.js("root().activeElement?.value"))
        page.key("Tab")
        page.key("Enter")
        page.wait("answer('Done')")
        # The focus stays within: after the last control it comes to the first again, or to the browser's own.
        for _ in range(6):
            page.key("Tab")
            self.assertTrue(page.js("!root().activeElement || q('dialog').contains(root().activeElement)"))
        page.key("Escape")
        page.wait("!q('dialog').open && root().activeElement?.textContent.includes('Cinema ticket')")
        self.assertEqual("email", self.portal.receipts()[0]["fulfillment_method"])

    def test_escape_takes_nothing(self):
        self.shop()
        page = self.widget()
        page.click("card('Coffee for two').querySelector('button')")
        page.wait("answer('Redeem for')")
        page.key("Escape")
        page.wait("!q('dialog').open && root().activeElement?.textContent.includes('Coffee for two')")
        self.assertEqual([], self.portal.receipts())

    def test_the_order_of_the_focus_is_the_order_of_reading(self):
        self.rich()
        page = self.widget()
        page.js("document.getElementById('locale').focus(); window.seen = []")
        for _ in range(12):
            page.key("Tab")
            if not page.js("root().activeElement && (seen.push(root().activeElement), true)"):
                break
        self.assertGreaterEqual(page.js("seen.length"), 4)
        self.assertTrue(page.js("seen.every((node, i) => !i || seen[i - 1].compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)"))
        self.assertTrue(page.js("seen.every((node) => getComputedStyle(node).outlineStyle !== undefined)"))

    def test_the_focus_is_visible(self):
        self.shop()
        page = self.widget()
        page.js("document.getElementById('locale').focus()")
        for _ in range(3):
            page.key("Tab")
            self.assertEqual(["solid", "3px"], page.js("[getComputedStyle(root().activeElement).outlineStyle, getComputedStyle(root().activeElement).outlineWidth]"))

    def test_a_new_balance_is_announced_politely(self):
        self.shop()
        page = self.widget()
        self.assertEqual(["status", "You have 3,200 points to spend."], page.js("[q('.root > p').getAttribute('role'), q('.root > p').textContent]"))
        self.confirm(page, "Coffee for two")
        page.wait("q('.root > p').textContent === 'You have 700 points to spend.'")

    def test_without_motion(self):
        self.shop()
        page = self.widget()
        self.assertEqual("none", page.js("getComputedStyle(q('button')).transitionProperty"))
        page.media(reduced=False)
        self.assertNotEqual("none", page.js("getComputedStyle(q('button')).transitionProperty"))

    def test_large_letters(self):
        self.rich()
        page = self.page(width=360)
        page.js("document.documentElement.style.fontSize = '32px'")
        self.widget(page)
        self.assertLessEqual(page.js("q('.root').scrollWidth - q('.root').clientWidth"), 0)
        self.picture(page, "large-letters")
