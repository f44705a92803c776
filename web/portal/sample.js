// What a page has to do: give the widget a place, the address of the portal and the session's token.
const query = new URLSearchParams(location.search);
const theme = document.getElementById('theme');
const locale = document.getElementById('locale');
const hint = document.getElementById('hint');

// The page wears the theme too, so that the sample is seen as a shop would have it.
function dress() {
  const dark = theme.value === 'dark' || (theme.value === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
  document.documentElement.lang = locale.value;
}

function onEvent(type, detail) {
  const line = document.createElement('li');
  line.textContent = `${type} ${JSON.stringify(detail)}`;
  document.getElementById('events').prepend(line);
}

theme.value = query.get('theme') || 'auto';
locale.value = query.get('locale') || 'en';
dress();

try {
  const widget = LoyaltyWidget.init({
    container: 'loyalty-portal',
    apiUrl: '/v1/portal',
    sessionToken: query.get('session'),
    locale: locale.value,
    theme: theme.value,
    refreshInterval: Number(query.get('refresh') || 30000),
    onEvent,
  });
  for (const choice of [theme, locale]) {
    choice.addEventListener('change', () => {
      dress();
      widget.update({ theme: theme.value, locale: locale.value });
    });
  }
} catch (error) {
  hint.hidden = false;
  hint.textContent = error.message;
}
