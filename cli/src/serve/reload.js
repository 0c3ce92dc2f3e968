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
  const text = async (cache) => {
    const response = await fetch(location.href, { cache, mode: 'same-origin', headers: { accept: 'text/html' } });
    if (!response.ok) throw new Error(response.statusText);
    return response.text();
  };
  const withoutStyles = (page) => page.replace(/<link rel="stylesheet"[^>]*>/g, '');

  // A page that differs from the one here in its style sheets alone keeps its place and its state. The page as it came
  // is still in the browser's cache; when it is not, the page is loaded again.
  const renew = async () => {
    const before = shown ?? await text('only-if-cached');
    const now = await text('reload');
    if (withoutStyles(before) !== withoutStyles(now)) return location.reload();
    const here = styles(document);
    styles(new DOMParser().parseFromString(now, 'text/html')).forEach((link, at) => {
      here[at]?.setAttribute('href', link.getAttribute('href'));
    });
    shown = now;
  };
  let shown;

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
