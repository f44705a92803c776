// What an accessibility checker would say of everything that is visible in `root`: a list of sentences.
(root) => {
  const found = [];
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
  const light = (rgb) => rgb.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const parent = (node) => node.parentElement || node.getRootNode().host;
  // Every colour that may be behind a node: a gradient has several.
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.localName === 'dialog' ? null : parent(at)) {
      const style = getComputedStyle(at);
      const stops = style.backgroundImage.includes('gradient') ? style.backgroundImage.match(/(rgba?|lch|lab|oklch|oklab|color)\([^()]*\)/g).map(colour) : [];
      const own = colour(style.backgroundColor);
      if (stops.length) layers.push(stops);
      if (own[3] > 0) layers.push([own]);
      if (own[3] === 1) break;
    }
    return layers.reverse().reduce((unders, tops) => unders.flatMap((under) => tops.map((top) => over(top, under))), [[255, 255, 255]]);
  };
  const visible = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const dialog = root.querySelector('dialog[open]');
  const nodes = [...(dialog || root).querySelectorAll('*')].filter(visible);
  const say = (node, words) => found.push(`${node.outerHTML.slice(0, 120)}: ${words}`);
  const words = (node) => [...node.childNodes].map((child) => child.data ?? (child.getAttribute?.('aria-hidden') ? '' : words(child))).join('').trim();
  const name = (node) => (node.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean).map((id) => words(root.getElementById(id))).join(' ') ||
    node.getAttribute('aria-label') || node.closest('label')?.textContent || (['BUTTON', 'A'].includes(node.tagName) ? words(node) : '');

  for (const node of nodes) {
    const style = getComputedStyle(node);
    const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (text && style.clipPath === 'none') {
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
      for (const back of behind(node)) {
        const ratio = contrast(over(colour(style.color), back), back);
        if (ratio < (large ? 3 : 4.5)) say(node, `contrast ${ratio.toFixed(2)} of ${style.color} on ${back.map(Math.round)}`);
      }
    }
    if (/^(BUTTON|INPUT|SELECT|A|PROGRESS|DIALOG)$/.test(node.tagName) || /^(tablist|tabpanel|group)$/.test(node.getAttribute('role'))) {
      if (!name(node).trim()) say(node, 'no name');
    }
    if (node.tagName === 'IMG' && !node.hasAttribute('alt')) say(node, 'no alt');
    if (node.tagName === 'svg' && node.getAttribute('aria-hidden') !== 'true') say(node, 'a drawing that is read out');
    if (node.tabIndex > 0) say(node, 'a positive tabindex');
    const box = node.getBoundingClientRect();
    if (node.tagName === 'BUTTON' && (box.height < 44 || box.width < 44)) say(node, `too small: ${box.width} × ${box.height}`);
    for (const reference of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
      const id = node.getAttribute(reference);
      if (id && !root.getElementById(id)) say(node, `${reference} leads nowhere`);
    }
    if (node.id && root.querySelectorAll('#' + CSS.escape(node.id)).length > 1) say(node, 'an id twice');
    if (node.tagName === 'UL' && [...node.children].some((child) => child.tagName !== 'LI')) say(node, 'a list of something else');
    if (node.tagName === 'LI' && node.parentElement.tagName !== 'UL') say(node, 'no list around');
    if (node.hasAttribute('style')) say(node, 'a style attribute');
  }
  const levels = nodes.filter((node) => /^H\d$/.test(node.tagName)).map((node) => Number(node.tagName[1]));
  levels.forEach((level, i) => i && level > levels[i - 1] + 1 && found.push(`a heading of level ${level} after one of ${levels[i - 1]}`));
  if (!root.querySelector('[lang]')) found.push('no language');
  return found;
};
