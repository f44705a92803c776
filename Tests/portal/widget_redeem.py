"""Points are spent once, whatever happens on the way."""
import json

from case import Case


class Redeem(Case):
    def test_a_reward_is_redeemed(self):
        self.shop()
        page = self.widget()
        page.click("card('Cinema ticket').querySelector('button')")
        self.assertIn("you have 2,300 left", page.wait("shown('dialog')"))
        page.click("answer('Redeem for')")
        page.wait("shown('dialog').includes('KINO-773')")
        self.assertIn("Receipt rcp_", page.js("shown('dialog')"))
        self.assertIn("2,300", page.wait("!shown('.summary').includes('3,200') && shown('.summary')"))
        self.assertEqual(["RWD-2"], [r["reward_id"] for r in self.portal.receipts()])
        self.assertEqual(2300, self.portal.available())
        told = page.js("told('redeemed')[0][1]")
        self.assertEqual((900, "fulfilled"), (told["point_cost"], told["status"]))
        self.assertNotIn("code", told)
        self.leave(page, "Done")
        page.click("button('Receipts')")
        self.assertIn("KINO-773", page.wait("shown('.rows')"))
        page.click("button('History')")
        page.wait("shown('.rows').includes('−900') || shown('.rows').includes('-900')")

    def test_what_is_drawn_under_the_finger_swallows_no_click(self):
        self.shop()
        page = self.widget()
        # With words of another language all is drawn anew: not before what is pressed is let go.
        page.click("card('Cinema ticket').querySelector('button')", meanwhile="widget.update({locale: 'de'})")
        page.wait("answer('Für')")
        self.assertEqual("Ihre Prämien", page.js("q('h2').textContent"))
        page.click("answer('Für')", meanwhile="widget.update({locale: 'en'})")
        page.wait("answer('Done')")
        self.assertEqual(1, len(self.keys(page)))
        # What was pressed and is not let go on it, such as a touch that scrolls, holds nothing up for long.
        page.js("all('.tabs button')[1].dispatchEvent(new PointerEvent('pointerdown', {bubbles: true})); widget.update({locale: 'de'})")
        self.assertEqual("Your rewards", page.js("q('h2').textContent"))
        page.wait("q('h2').textContent === 'Ihre Prämien'")

    def test_the_customer_chooses_how(self):
        self.shop()
        page = self.widget()
        page.click("card('Cinema ticket').querySelector('button')")
        page.click("all('dialog label')[1]")
        page.click("answer('Redeem for')")
        page.wait("shown('dialog').includes('by e-mail')")
        self.assertEqual("email", self.portal.receipts()[0]["fulfillment_method"])

    def test_double_clicks_redeem_once(self):
        self.shop()
        page = self.widget()
        page.click("card('Cinema ticket').querySelector('button')", count=2)
        page.wait("answer('Redeem for')")
        self.assertEqual([], self.portal.receipts())
        page.click("answer('Redeem for')", count=2)
        page.wait("answer('Done')")
        self.assertEqual(1, len(self.keys(page)))
        self.assertEqual(1, len(self.portal.receipts()))

    def test_clicks_of_a_script_redeem_once(self):
        self.shop()
        page = self.widget()
        page.click("card('Cinema ticket').querySelector('button')")
        page.js("const yes = answer('Redeem for'); for (let i = 0; i < 20; i++) yes.click()")
        page.wait("answer('Done')")
        self.assertEqual(1, len(self.keys(page)))

    def test_two_tabs_and_points_for_one(self):
        self.shop(points=2600)
        pages = [self.widget() for _ in range(2)]
        for page in pages:
            page.click("card('Coffee for two').querySelector('button')")
        for page in pages:
            page.js("answer('Redeem for').click()")
        shown = [page.wait("(answer('Done') || answer('Back')) && shown('dialog')") for page in pages]
        self.assertEqual(1, sum("It is yours" in text for text in shown), shown)
        self.assertEqual(1, sum("no longer suffice" in text and "Nothing was taken" in text for text in shown), shown)
        self.assertEqual((1, 100), (len(self.portal.receipts()), self.portal.available()))
        for page in pages:
            page.wait("shown('.summary').includes('100')")

    def test_the_last_one_was_taken(self):
        self.shop()
        page = self.widget()
        self.portal.change("RWD-1", stock=0)
        self.confirm(page, "Coffee for two")
        self.assertIn("Somebody else was first", page.wait("answer('Back') && shown('dialog')"))
        self.leave(page, "Back")
        page.wait("shown('.grid').includes('Sold out')")
        self.assertEqual("out_of_stock", page.js("told('error')[0][1].code"))
        # The focus is where the customer was, though the button is gone.
        self.assertEqual("Coffee for two", page.wait("root().activeElement?.querySelector('h3')?.textContent"))

    def test_a_price_from_the_console(self):
        self.shop()
        page = self.widget()
        page.js("""const real = window.fetch; window.fetch = (url, options) => real(url, options.body
            ? {...options, body: JSON.stringify({...JSON.parse(options.body), point_cost: 1})} : options)""")
        self.confirm(page, "Coffee for two")
        self.assertIn("it costs 2,500 points. Nothing was taken.", page.wait("answer('Back') && shown('dialog')"))
        self.assertEqual((0, 3200), (len(self.portal.receipts()), self.portal.available()))

    def test_another_reward_right_after(self):
        self.shop()
        page = self.widget()
        page.click("card('Coffee for two').querySelector('button')")
        # Quicker than the dialog's close event.
        page.js("answer('Not now').click(); card('Cinema ticket').querySelector('button').click()")
        page.js("new Promise((done) => setTimeout(done, 50))")
        page.click("answer('Redeem for')")
        page.wait("answer('Done')")
        self.assertEqual(["RWD-2"], [r["reward_id"] for r in self.portal.receipts()])

    def test_a_price_that_has_changed(self):
        self.shop()
        page = self.widget()
        self.portal.change("RWD-1", point_cost=2600)
        self.confirm(page, "Coffee for two")
        page.wait("shown('dialog').includes('it costs 2,600 points')")
        self.leave(page, "Back")
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        self.assertEqual(2, len(set(self.keys(page))))
        self.assertEqual(600, self.portal.available())


class Lost(Case):
    def test_a_lost_answer_is_asked_for_again_with_the_same_key(self):
        self.shop()
        page = self.widget()
        page.fault("/redeem", after=True)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        keys = self.keys(page)
        self.assertEqual((2, 1), (len(keys), len(set(keys))))
        self.assertEqual((1, 700), (len(self.portal.receipts()), self.portal.available()))

    def test_when_no_answer_comes_the_customer_asks_again_with_the_same_key(self):
        self.shop()
        page = self.widget()
        page.fault("/redeem", after=True, times=3)
        self.confirm(page, "Coffee for two")
        self.assertIn("never taken twice", page.wait("answer('Ask again') && shown('dialog')"))
        self.leave(page, "Not now")
        self.assertIn("not clear yet whether “Coffee for two”", page.wait("shown('.notice')"))
        # Another wish waits until this one is settled: its card leads back to it.
        page.click("card('Cinema ticket').querySelector('button')")
        page.click("answer('Ask again')")
        page.wait("answer('Done')")
        keys = self.keys(page)
        self.assertEqual((4, 1), (len(keys), len(set(keys))))
        self.assertEqual((1, 700), (len(self.portal.receipts()), self.portal.available()))
        self.leave(page, "Done")
        page.wait("!shown('.notice')")

    def test_a_failure_of_the_server_is_no_answer_either(self):
        self.shop()
        page = self.widget()
        page.fault("/redeem", after=True, status=502)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        self.assertEqual(1, len(set(self.keys(page))))
        self.assertEqual(1, len(self.portal.receipts()))

    def test_offline_while_redeeming_goes_on_when_back(self):
        self.shop()
        page = self.widget()
        page.click("card('Coffee for two').querySelector('button')")
        page.offline()
        page.click("answer('Redeem for')")
        page.wait("answer('Ask again')")
        page.offline(False)
        page.wait("answer('Done')")
        self.assertEqual(1, len(set(self.keys(page))))
        self.assertEqual(1, len(self.portal.receipts()))

    def test_a_busy_server_is_asked_when_it_said(self):
        self.shop()
        page = self.widget()
        page.js("""window.times = []; const real = window.fetch; window.fetch = (url, options) => {
            if (options.body) times.push(performance.now()); return real(url, options); }""")
        page.fault("/redeem", status=503, Retry_After="1")
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        first, second = page.js("times")
        self.assertGreaterEqual(second - first, 1000)
        self.assertEqual((2, 1), (len(self.keys(page)), len(set(self.keys(page)))))

    def test_a_long_wait_is_said_and_kept(self):
        self.shop()
        page = self.widget()
        page.fault("/redeem", status=429, Retry_After="60")
        self.confirm(page, "Coffee for two")
        self.assertIn("not booked yet", page.wait("answer('Ask again') && shown('dialog')"))
        page.click("answer('Ask again')")
        page.wait("shown('dialog').includes('One moment')")
        self.assertEqual(1, len(self.keys(page)))

    def test_the_session_ends_while_redeeming(self):
        self.shop()
        token = self.portal.session()
        page = self.widget(token=token)
        page.click("card('Coffee for two').querySelector('button')")
        self.portal.end_session(token)
        page.click("answer('Redeem for')")
        self.assertIn("This session has ended", page.wait("!q('dialog').open && shown('.panel')"))
        self.assertEqual(1, page.js("told('session_ended').length"))
        self.assertEqual([], self.portal.receipts())

    def test_an_open_wish_outlives_the_token_of_the_same_customer(self):
        self.shop()
        token = self.portal.session()
        page = self.widget(token=token, customerId="u-1")
        page.fault("/redeem", after=True, times=3)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Ask again')")
        self.portal.end_session(token)
        page.click("answer('Ask again')")
        page.wait("told('session_ended').length")
        page.js(f"widget.update({{sessionToken: {json.dumps(self.portal.session())}}})")
        page.click("button('Ask again')")
        page.click("answer('Ask again')")
        page.wait("answer('Done')")
        self.assertEqual(1, len(set(self.keys(page))))
        self.assertEqual(1, len(self.portal.receipts()))
