// The question before points are spent, and what came of it. A native modal <dialog>: the browser keeps the focus inside.
import { el, icon, put } from './dom.js';
import { code } from './parts.js';

// These share a sentence; the texts have one for each of the other codes, or one for what they do not know.
const GONE = ['reward_not_available', 'reward_not_found', 'fulfillment_method_unknown'];

export class Dialog {
  constructor(widget, closed) {
    this.widget = widget;
    this.node = el('dialog', {
      'aria-labelledby': 'dialog-title',
      'aria-describedby': 'dialog-text',
      onclose: closed,
      oncancel: (event) => {
        if (widget.wish?.running) event.preventDefault();
      },
    });
  }

  open() {
    const { wish } = this.widget;
    this.mark = wish.reward.reward_id;
    this.render();
    if (!this.node.open) this.node.showModal();
    this.render();
    this.node.querySelector('h3').focus();
  }

  remove() {
    this.node.remove();
  }

  render() {
    const { wish, rewards, t } = this.widget;
    if (!wish) return;
    // Said where it is what was wrong; else a new price is no reason to draw a button anew that somebody may be about to press.
    const price = wish.state === 'refused' && rewards?.find((reward) => reward.reward_id === wish.reward.reward_id)?.point_cost;
    const before = this.node.shown;
    put(this.node, JSON.stringify([t.locale, wish.state, wish.reward.reward_id, price]), () => this.content(wish, price));
    if (this.node.open && before !== this.node.shown) this.node.querySelector('h3').focus();
  }

  content(wish, price) {
    const { widget } = this;
    const { t, account } = widget;
    const { reward, state, running } = wish;
    const cost = t('points', { n: reward.point_cost });
    const head = (shape, title, words) => [
      el('div.mark.' + state, icon(shape)),
      el('h3', { id: 'dialog-title', tabindex: '-1', 'aria-describedby': 'dialog-text' }, title),
      el('p', { id: 'dialog-text' }, words),
    ];
    // The second half of a double click on the card means nothing here.
    const button = (kind, words, action) => el('button' + kind, { type: 'button', onclick: ({ detail }) => detail > 1 || action() }, words);
    const leave = (words, kind = '') => button(kind, words, () => this.node.close());
    const ask = (words) => button('.primary', words, () => widget.ask());

    if (state === 'done') {
      const { receipt } = wish;
      return [
        head('check', t('done'), receipt.message || receipt.title),
        receipt.code && code(t, receipt.code),
        el('p.small', t('receipt_no', { id: receipt.receipt_id }), el('br'), t('kept')),
        el('div.actions', leave(t('close'), '.primary')),
      ];
    }
    if (state === 'refused') {
      const { code: why } = wish.failure.problem;
      const words = t(GONE.includes(why) ? 'reward_gone' : why, { cost: t('points', { n: price || reward.point_cost }) });
      return [
        head('info', t('refused'), (words || t('refused_other')) + ' ' + t('untouched')),
        el('div.actions', leave(t('back'), '.primary')),
      ];
    }
    if (state === 'unclear' || state === 'busy') {
      return [
        head(state === 'busy' ? 'clock' : 'cloud', t(state), t(state + '_next', { title: reward.title })),
        el('div.actions', ask(t('again')), leave(t('not_now'))),
      ];
    }
    const methods = reward.fulfillment_methods || [];
    const by = (method) => t('by_' + method) || method;
    return [
      head('gift', running ? reward.title : t('confirm'), running ? t(state) : t('after', { n: (account?.available ?? 0) - reward.point_cost })),
      !running && el('p.wish', el('strong', reward.title), el('span', cost)),
      !running && methods.length > 1 && el('fieldset', el('legend', t('method')), methods.map((method) =>
        el('label', el('input', {
          type: 'radio', name: 'method', value: method, checked: method === wish.chosen, onchange: () => (wish.chosen = method),
        }), by(method)))),
      !running && methods.length === 1 && el('p.small', by(methods[0])),
      running
        ? el('progress.spin', { 'aria-label': t(state) })
        : el('div.actions', ask(t('redeem_for', { cost })), leave(t('not_now'))),
    ];
  }
}
