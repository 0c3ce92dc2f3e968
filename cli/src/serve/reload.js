// Only in `lyceum serve`: shows the page again when the site was built again, and what is wrong when it was not.
(() => {
  'use strict';
  let source;
  let version;
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

  const hear = (event) => {
    const news = JSON.parse(event.data);
    if (version !== undefined && news.version !== version) location.reload();
    version = news.version;
    show(news.problems);
  };

  // A browser keeps six connections to one server: a page that nobody looks at gives its own back.
  const listen = () => {
    source?.close();
    source = undefined;
    if (document.hidden) return;
    source = new EventSource('/_dev/reload');
    source.onmessage = hear;
  };

  document.addEventListener('visibilitychange', listen);
  listen();
})();
