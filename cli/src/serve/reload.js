// Follows the author: shows the page anew when it was built again, takes over new colours without losing the place,
// and says what is wrong when it was not.
(() => {
  'use strict';
  let source;
  let last;
  let panel;

  const show = (problems) => {
    panel?.remove();
    panel = undefined;
    if (!problems) return;
    panel = document.createElement('pre');
    panel.textContent = problems;
    panel.tabIndex = 0;
    panel.setAttribute('role', 'alert');
    Object.assign(panel.style, {
      position: 'fixed', insetInline: '0', bottom: '0', zIndex: '9', margin: '0', padding: '1rem 1.25rem',
      maxHeight: '60vh', overflow: 'auto', whiteSpace: 'pre', font: '13px/1.5 ui-monospace, Menlo, Consolas, monospace',
      background: '#1d1f24', color: '#f3f4f6', borderTop: '.25rem solid #e5484d',
    });
    document.body.append(panel);
  };

  const styles = (page) => [...page.querySelectorAll('link[rel=stylesheet]')];
  // A page that differs from the one here in its style sheets alone keeps its place and its state.
  const renew = async () => {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    const text = await response.text();
    const page = new DOMParser().parseFromString(text, 'text/html');
    const same = response.ok && served !== undefined && withoutStyles(text) === withoutStyles(served);
    const here = styles(document);
    if (!same || styles(page).length !== here.length) return location.reload();
    served = text;
    styles(page).forEach((link, at) => here[at].setAttribute('href', link.getAttribute('href')));
  };

  // The page as it came, to compare with; it is in the browser's cache.
  let served;
  const withoutStyles = (text) => text.replace(/<link rel="stylesheet"[^>]*>/g, '');
  fetch(location.href, { cache: 'force-cache', headers: { accept: 'text/html' } })
    .then((response) => response.text()).then((text) => { served = text; }, () => {});

  const hear = (event) => {
    const news = JSON.parse(event.data);
    if (last && last.run !== news.run) return location.reload();
    const missed = last && news.version > last.version + 1;
    if (last && news.version > last.version && (missed || news.changed.includes(location.pathname))) {
      renew().catch(() => location.reload());
    }
    last = news;
    show(news.problems);
  };

  // A browser keeps six connections to one server: a page that nobody looks at gives its own back.
  const listen = () => {
    source?.close();
    source = undefined;
    if (document.hidden) return;
    source = new EventSource(`/_dev/reload?${location.pathname}`);
    source.onmessage = hear;
  };

  document.addEventListener('visibilitychange', listen);
  listen();
})();
