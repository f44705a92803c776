// Small parts that the page and the dialog share.
import { el, icon, pictureAddress } from './dom.js';

/** A tier's name where the account says it; else its id with a capital. */
export function tierName({ next_tier: next, tier, tier_name: name }, id) {
  return id === next?.tier ? next.name || id : id === tier ? name || id : id?.replace(/^./, (letter) => letter.toUpperCase());
}

export function way(progress, words) {
  return el('p.way', el('progress', { value: progress, max: '1', 'aria-label': words }), words);
}

export function skeleton(kind) {
  return el('div.skeleton.' + kind, { 'aria-hidden': 'true' });
}

export function empty(shape, title, words, action) {
  return el('div.empty', icon(shape), el('h3', title), el('p', words),
    action && el('button', { type: 'button', onclick: action[1] }, action[0]));
}

export function picture(reward, base) {
  const address = reward.image_url && pictureAddress(reward.image_url, base);
  const drawn = icon('gift');
  // The same reward has the same colour each time.
  const tint = [...reward.reward_id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 4;
  return el('div.art.tint' + tint, address
    ? el('img', { src: address, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer', onerror: ({ target }) => target.replaceWith(drawn) })
    : drawn);
}

/** A code with a button that copies it; where the page may not write to the clipboard the code is selected instead. */
export function code(t, value) {
  const shown = el('code', value);
  const button = el('button', { type: 'button', 'aria-live': 'polite', async onclick() {
    try {
      await navigator.clipboard.writeText(value);
      button.textContent = t('copied');
    } catch {
      getSelection().selectAllChildren(shown);
    }
  } }, t('copy'), el('span.hidden', ' ' + value));
  return el('div.code', el('span.hidden', t('code')), shown, button);
}
