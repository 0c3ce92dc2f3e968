// Enhancements only: every page reads, signs in, buys and discusses without this file.
(() => {
  'use strict';

  const IDLE_AFTER_MS = 30_000;
  const WORTH_SENDING_MS = 1_000;
  const COPIED_FOR_MS = 2_000;
  const root = document.documentElement;
  const texts = document.currentScript?.dataset ?? {};
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  // A hint that anyone can read and set. It decides what is offered, never what is served.
  const isMember = /(?:^|; )ly_member=1/.test(document.cookie);

  // Browsers that cannot show a closed <details> by CSS get it opened where there is room.
  function unfoldLists() {
    if (CSS.supports('selector(::details-content)')) return;
    for (const [selector, width] of [['.outline', '48rem'], ['.toc', '72rem']]) {
      if (matchMedia(`(min-width: ${width})`).matches) all(`${selector} details`).forEach((list) => { list.open = true; });
    }
  }

  // In a long course the current lesson may be below the edge of its list.
  function showCurrentLesson() {
    const current = document.querySelector('.outline [aria-current]');
    const list = current?.closest('details');
    if (list && current.offsetTop > list.clientHeight * 0.8) list.scrollTop = current.offsetTop - list.clientHeight / 2;
  }

  function showAccount() {
    if (!isMember) return;
    for (const link of all('[data-member-href]')) {
      link.href = link.dataset.memberHref;
      link.textContent = link.dataset.memberText;
    }
  }

  // Without this, or when the script does not come, the form leads to the app's page.
  function offerSearch() {
    const form = document.querySelector('.find');
    if (!form) return;
    let field;
    const open = (event) => {
      event.preventDefault();
      if (field) return;
      const from = document.activeElement;
      // Until the dialog is there, this field has the focus and keeps what is typed, also for the form's page.
      field = Object.assign(document.createElement('input'), { className: 'waiting', name: 'q', maxLength: 100, autocomplete: 'off' });
      field.setAttribute('aria-label', form.querySelector('button').getAttribute('aria-label'));
      form.append(field);
      field.focus();
      import(form.dataset.script)
        .then((search) => search.open(form, isMember, field, from))
        .then(() => { field.remove(); field = undefined; }, () => form.submit());
    };
    form.addEventListener('submit', open);
    if (/^Mac|^iP/.test(navigator.platform)) all('[data-keys]', form).forEach((hint) => { hint.dataset.keys = '⌘ K'; });
    // No single letter: who dictates text, or rests a hand on the keys, would set it off.
    addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') open(event);
    });
  }

  function addCopyButtons() {
    if (!navigator.clipboard || !texts.copy) return;
    const status = document.createElement('p');
    status.className = 'visually-hidden';
    status.role = 'status';
    document.body.append(status);
    for (const figure of all('figure.code')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'copy';
      button.lang = root.lang; // The page's words may stand in a text of another language.
      button.textContent = texts.copy;
      button.addEventListener('click', async () => {
        const code = figure.querySelector('code');
        const lines = all('.line:not(del)', code).map((line) => line.textContent.replace(/\n$/, ''));
        await navigator.clipboard.writeText(lines.length ? lines.join('\n') : code.textContent);
        button.textContent = status.textContent = texts.copied;
        setTimeout(() => {
          button.textContent = texts.copy;
          status.textContent = '';
        }, COPIED_FOR_MS);
      });
      figure.append(button);
    }
  }

  function followContents() {
    const links = new Map(all('.toc a').map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    if (!headings.length) return;
    let current;
    const mark = () => {
      const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight * 0.3);
      const next = links.get(passed.at(-1)?.id);
      if (next === current) return;
      current?.removeAttribute('aria-current');
      next?.setAttribute('aria-current', 'location');
      current = next;
    };
    const observer = new IntersectionObserver(mark, { rootMargin: '0px 0px -70% 0px', threshold: [0, 1] });
    headings.forEach((heading) => observer.observe(heading));
  }

  // The thread comes from this site's own app, which has sanitised it. Parsing it in a document of its
  // own keeps scripts inert, and the content security policy would refuse them anyway.
  function loadThread() {
    const section = document.querySelector('[data-thread]');
    if (!section || !isMember) return;
    const load = async () => {
      const response = await fetch(`${section.dataset.thread}?fragment=1`, { headers: { accept: 'text/html' } });
      if (!response.ok || response.redirected) return;
      const parsed = new DOMParser().parseFromString(await response.text(), 'text/html');
      const place = document.createElement('div');
      place.append(...parsed.body.childNodes);
      section.querySelector('.thread-link')?.replaceWith(place);
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      load().catch(() => {}); // The link to the thread is still there.
    }, { rootMargin: '600px' });
    observer.observe(section);
  }

  // The mailed link is `/sign-in/link/#<challenge>.<secret>.<code>`: what is after # never reaches a server.
  function finishSignIn() {
    const form = document.querySelector('form[data-link-sign-in]');
    const [challenge, secret, code] = location.hash.slice(1).split('.');
    if (!form || !code) return;
    if ('sameBrowser' in form.dataset) {
      for (const [name, value] of Object.entries({ challenge, secret })) {
        const field = form.elements.namedItem(name) ?? form.appendChild(Object.assign(document.createElement('input'), { type: 'hidden', name }));
        field.value = value;
      }
      form.hidden = false;
      all('button', form).forEach((button) => { button.hidden = false; });
    } else {
      all('[data-code-here]').forEach((place) => { place.hidden = false; });
      all('output[data-code]').forEach((output) => { output.value = code; });
    }
    all('[data-link-noscript]').forEach((hint) => { hint.hidden = true; });
  }

  // What the academy counts: a page was shown, and for how long a lesson was read. No cookie, no
  // fingerprint; nothing at all from a browser that asks not to be counted.
  function countReading() {
    if (navigator.globalPrivacyControl || navigator.doNotTrack === '1') return;
    const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const send = (event) => {
      const batch = JSON.stringify({ v: 1, events: [{ id: newId(), age_ms: 0, ...event }] });
      if (!navigator.sendBeacon?.('/events', new Blob([batch], { type: 'application/json' }))) {
        fetch('/events', { method: 'POST', body: batch, headers: { 'content-type': 'application/json' }, keepalive: true }).catch(() => {});
      }
    };
    const { lesson, kind } = root.dataset;
    const view = newId();
    const pageView = { id: view, kind: 'page_view', path: location.pathname };
    if (lesson) pageView.lesson = lesson;
    const referrer = document.referrer && new URL(document.referrer).host;
    if (referrer && referrer !== location.host) pageView.referrer = referrer;
    send(pageView);
    if (!lesson || kind !== 'lesson') return;

    let activeMs = 0;
    let sentMs = 0;
    let countedTo = performance.now();
    let lastInput = countedTo;
    // Active is: in view, and touched within the last 30 seconds.
    const count = (wasVisible) => {
      const now = performance.now();
      if (wasVisible) activeMs += Math.max(0, Math.min(now, lastInput + IDLE_AFTER_MS) - countedTo);
      countedTo = now;
    };
    const report = () => {
      if (activeMs - sentMs < WORTH_SENDING_MS) return;
      sentMs = Math.round(activeMs);
      send({ kind: 'reading', view, lesson, active_ms: sentMs });
    };
    const touched = () => {
      count(!document.hidden);
      lastInput = performance.now();
    };
    ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchstart'].forEach((name) => addEventListener(name, touched, { passive: true }));
    document.addEventListener('visibilitychange', () => {
      count(document.hidden); // It was visible until now if it is hidden now.
      if (document.hidden) report();
      else lastInput = performance.now();
    });
    addEventListener('pagehide', () => {
      count(!document.hidden);
      report();
    });
  }

  unfoldLists();
  showCurrentLesson();
  showAccount();
  offerSearch();
  addCopyButtons();
  followContents();
  loadThread();
  finishSignIn();
  if (document.prerendering) document.addEventListener('prerenderingchange', countReading, { once: true });
  else countReading();
})();
