// Elements. What others wrote goes in as text, never as markup, and attributes' names are always written here.

/** `el('p.small', {id: 'x', onclick: f}, 'text', child)`; null, undefined and false are left out, and the attributes may be. */
export function el(tag, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  const attributes = children[0]?.constructor === Object ? children.shift() : {};
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const SHAPES = {
  gift: 'M3 8h18v4H3zM5 12v9h14v-9M12 8v13M12 8S9 8 7.5 6.5 8 2.5 10 4s2 4 2 4zM12 8s3 0 4.5-1.5S16 2.5 14 4s-2 4-2 4z',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2',
  check: 'M4 12.5l5.5 5.5L20 7',
  cloud: 'M3 3l18 18M7 10a4 4 0 0 0 0 9h10M10 6.5A5.5 5.5 0 0 1 17.5 11a4 4 0 0 1 3 6.5',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8v5M12 16v.5',
  lock: 'M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11',
};

/** A drawing for the eye only; the words beside it say the same. */
export function icon(shape) {
  const make = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);
  const svg = make('svg');
  const path = make('path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', SHAPES[shape]);
  svg.append(path);
  return svg;
}

/** Only https, or the page's own origin: anything else (javascript:, data:, http:) is as if there were no picture. */
export function pictureAddress(address, base) {
  try {
    const url = new URL(address, base);
    return url.protocol === 'https:' || url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

/** Fills `slot` when `key` says that what it shows has changed, and leaves the focus where it was. */
export function put(slot, key, make) {
  if (slot.shown === key) return;
  slot.shown = key;
  const focused = slot.getRootNode().activeElement;
  const mark = focused && slot.contains(focused) ? focused.dataset.key : null;
  slot.replaceChildren(...[make()].flat(3).filter(Boolean));
  if (mark) focusOn(slot, mark);
}

/** Focuses what is marked `data-key`; answers it. */
export function focusOn(root, mark) {
  const goal = [...root.querySelectorAll('[data-key]')].find((node) => node.dataset.key === mark);
  goal?.focus({ preventScroll: true });
  return goal;
}
