// The search dialog. `site.js` loads this file when somebody first wants to search. It reads the public index by the rules of
// `contract/src/search.rs`; for members the app searches, because it may open what is sealed.

const MAX_QUERY = 100;
const MAX_TERMS = 8;
const MAX_TERM = 32;
const MAX_HITS = 8;
const MAX_POSTINGS = 2_000;
const MAX_CUTS = 3;
const NUMBER_BITS = 20;
const KEY_BITS = 50;
const PAUSE_MS = 90;

const [GAP, LETTER, DENSE, MARK] = [0, 1, 2, 3];
// What the characters from each of these on are.
const KINDS = [
  [0, GAP], [0x30, LETTER], [0x3a, GAP], [0x5f, LETTER], [0x60, GAP], [0x61, LETTER], [0x7b, GAP], [0xc0, LETTER], [0x300, MARK],
  [0x370, LETTER], [0xe00, DENSE], [0xf00, LETTER], [0x1000, DENSE], [0x10a0, LETTER], [0x1780, DENSE], [0x1800, LETTER],
  [0x2000, GAP], [0x2c00, LETTER], [0x2e00, GAP], [0x3005, DENSE], [0x3008, GAP], [0x3041, DENSE], [0x30fb, GAP], [0x30fc, DENSE],
  [0x3200, GAP], [0x3400, DENSE], [0xa000, LETTER], [0xac00, DENSE], [0xd7b0, GAP], [0xf900, DENSE], [0xfb00, LETTER],
  [0xfe00, MARK], [0xfe10, GAP], [0xfe70, LETTER], [0xff00, GAP], [0xff66, DENSE], [0xffa0, GAP], [0x10000, LETTER],
  [0x1f000, GAP], [0x20000, DENSE], [0xe0000, GAP],
];
// U+00C0 to U+017F, small and without accents.
const PLAIN =
  'aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggg' +
  'gggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs';

function fold(code) {
  if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
  if (code >= 0xc0 && code <= 0x17f) return PLAIN.codePointAt(code - 0xc0);
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f)) return code + 32;
  if (code >= 0x400 && code <= 0x40f) return code + 80;
  return code === 0x3c2 ? 0x3c3 : code;
}

/** The words of a text as `[from, to, word]`. With `parts`, which is for what is searched, names give their parts too. */
export function words(text, parts) {
  const found = [];
  let word = '';
  let dense; // The last letter of a script without gaps: [from, to, letter, whether it was the second of a pair]
  let from, to, starts, length, isSmall;
  const end = () => {
    const kept = word.replace(/_+$/, '');
    if (kept) found.push([from, to, kept]);
    if (kept && starts.length > 1) {
      starts.push([kept.length, to]);
      for (let idx = 1; idx < starts.length; idx += 1) {
        const letters = kept.slice(starts[idx - 1][0], starts[idx][0]);
        const part = letters.replace(/_+$/, '');
        if (part) found.push([starts[idx - 1][1], starts[idx][1] - (letters.length - part.length), part]);
      }
    }
    word = '';
  };
  const endDense = () => {
    if (dense && (parts || !dense[3])) found.push(dense.slice(0, 3));
    dense = undefined;
  };
  let at = 0;
  for (const char of text) {
    const code = fold(char.codePointAt(0));
    const letter = String.fromCodePoint(code);
    const kind = KINDS.findLast(([start]) => start <= code)[1];
    const next = at + char.length;
    if (kind === DENSE) {
      end();
      if (dense) found.push([dense[0], next, dense[2] + letter]);
      dense = [at, next, letter, !!dense];
    } else if (kind !== MARK) {
      endDense();
      if (kind === GAP) end();
      else if (word || letter !== '_') {
        if (!word) [from, starts, length, isSmall] = [at, [[0, at]], 0, false];
        else if (parts && ((isSmall && /[A-Z]/.test(char)) || (word.endsWith('_') && letter !== '_'))) starts.push([word.length, at]);
        isSmall = /[a-z]/.test(char);
        if (length++ < MAX_TERM) word += letter;
        if (letter !== '_') to = next;
      }
    }
    at = next;
  }
  endDense();
  end();
  return found;
}

/** Takes the endings of English off a word. */
export function stem(word) {
  if (!/^[a-z]{4,}$/.test(word)) return word;
  let rest = word;
  if (/..ies$/.test(word)) rest = `${word.slice(0, -3)}y`;
  else if (/(ss|x|z|ch|sh)es$/.test(word)) rest = word.slice(0, -2);
  else if (/s$/.test(word) && !/[sui]s$/.test(word)) rest = word.slice(0, -1);
  const root = (/^(.*)ing$/.exec(rest) ?? /^(.*[^e])ed$/.exec(rest))?.[1];
  if (root?.length > 2 && /[aeiouy]/.test(root)) {
    rest = root.replace(/i$|([^lsz])\1$/, (end, twice) => twice ?? 'y');
  }
  return rest.length > 3 ? rest.replace(/e$/, '') : rest;
}

/** The terms of a query, and the word that may not be finished: `[place of its term, word]`. */
export function parse(text) {
  const terms = [];
  let begun;
  for (const [, to, word] of words(text, false)) {
    const term = stem(word);
    if (!terms.includes(term) && terms.length < MAX_TERMS) terms.push(term);
    const place = terms.indexOf(term);
    begun = to === text.length && place >= 0 && !/^\w$/.test(word) ? [place, word] : undefined;
  }
  return { terms, begun };
}

/** Which term of a query a word is and how many letters of it; -1 for none. */
function termOf(query, word) {
  const place = query.terms.indexOf(stem(word));
  const [begunPlace, begun] = query.begun ?? [];
  if (place >= 0 || !begun || !word.startsWith(begun)) return [place, word.length];
  // Two letters of a script without gaps are no word: of them only what was typed counts.
  return [begunPlace, /^\w+$/.test(begun) ? word.length : begun.length];
}

const keyOf = (term) =>
  [...term]
    .flatMap((char) => {
      const code = char.codePointAt(0);
      return code < 128 ? [code % 31] : [code % 31, Math.floor(code / 31) % 31];
    })
    .map((digit) => (digit + 1).toString(2).padStart(5, '0'))
    .join('')
    .slice(0, KEY_BITS)
    .padEnd(KEY_BITS, '0');

function fileOf(tree, term) {
  let at = 0;
  let path = '1';
  for (const bit of keyOf(term)) {
    const node = tree[at++];
    if (node === '0') break;
    if (node !== '1') return undefined;
    path += bit;
    for (let left = Number(bit); left > 0; ) left += tree[at++] === '1' ? 1 : -1;
  }
  return `t/${parseInt(path, 2).toString(32)}`;
}

function rarity(all, having) {
  const ratio = Math.max(17, Math.floor((all * 16) / Math.max(1, having)));
  const whole = 31 - Math.clz32(ratio);
  return whole * 16 + (((ratio - (1 << whole)) << 4) >> whole) - 64;
}

/** Keeps the greatest weight for each page. Whether the term is so common that its absence says nothing. */
function collect(pool, line) {
  let [page, number, n] = [0, 0, 0];
  for (let at = 0; at < line.length; at += 1) {
    const digit = line.charCodeAt(at) - 48;
    number = number * 32 + (digit & 31);
    if (digit < 32) {
      page += number >> 5;
      pool.set(page, Math.max(pool.get(page) ?? 0, number & 31));
      [number, n] = [0, n + 1];
    }
  }
  pool.isCommon ||= n >= MAX_POSTINGS;
}

/** The public index of one language. `read` gets a file's text by its name. */
export class Index {
  constructor(read) {
    const files = new Map();
    this.read = (name) => {
      if (!files.has(name)) {
        // What failed is asked for again the next time.
        files.set(name, read(name).catch((error) => { files.delete(name); throw error; }));
      }
      return files.get(name);
    };
  }

  async find(text) {
    const query = parse([...text].slice(0, MAX_QUERY).join(''));
    const [version, all, bits, tree] = (await this.read('index')).trim().split('\t');
    if (version !== '1') throw new Error('a search index of another version');
    const ranked = query.terms.length ? await this.rank(query, Number(all), tree) : [];
    const hits = await Promise.all(ranked.slice(0, MAX_HITS).map((page) => this.hit(page, Number(bits), query)));
    return { n: ranked.length, hits: hits.filter(Boolean) };
  }

  /** The numbers of pages, best first. */
  async rank(query, all, tree) {
    const pages = new Map();
    let needed = 0;
    const pools = await Promise.all(query.terms.map((term, idx) => this.pools(tree, term, query.begun?.[0] === idx ? query.begun[1] : '')));
    for (const [exact, begins] of pools) {
      const isNeeded = !exact.isCommon && !begins.isCommon;
      needed += isNeeded;
      const worths = new Map();
      for (const [pool, factor] of [[exact, 4], [begins, 3]]) {
        const each = rarity(all, pool.size) * factor;
        for (const [page, weight] of pool) worths.set(page, Math.max(worths.get(page) ?? 0, weight * each));
      }
      for (const [page, worth] of worths) {
        const [had, sum] = pages.get(page) ?? [0, 0];
        pages.set(page, [had + isNeeded, sum + worth]);
      }
    }
    const most = Math.max(0, ...[...pages.values()].map(([had]) => had));
    return [...pages]
      .filter(([, [had]]) => !needed || (had > 0 && had * 3 >= most * 2))
      .sort(([page, [, sum]], [other, [, otherSum]]) => otherSum - sum || page - other)
      .map(([page]) => page);
  }

  /** The pages that have a term, and those that have one which begins like `begun`. */
  async pools(tree, term, begun) {
    const [exact, begins] = [new Map(), new Map()];
    const lookUp = async (term, begun) => {
      const names = new Set([fileOf(tree, term), begun && fileOf(tree, begun)].filter(Boolean));
      for (const file of await Promise.all([...names].map(this.read))) {
        for (const line of file.split('\n')) {
          const [name, , postings] = line.split('\t');
          if (name === term) collect(exact, postings);
          else if (begun && name.startsWith(begun) && (!name.endsWith('*') || name === `${begun}*`)) collect(begins, postings);
        }
      }
    };
    await lookUp(term, begun);
    let left = begun;
    for (let cut = 0; cut < MAX_CUTS && !exact.size && !begins.size; cut += 1) {
      left = left.slice(0, -1);
      if (left.length < 2 || !/^[\x00-\x7f]+$/.test(left)) break;
      await lookUp(left, left);
    }
    return [exact, begins];
  }

  async hit(page, bits, query) {
    const file = await this.read(`d/${(page >> (NUMBER_BITS - bits)).toString(32)}`);
    const line = file.split('\n').find((line) => line.startsWith(`${page}\t`));
    if (!line) return undefined;
    const [, , address, access, title, context, language, ...texts] = line.split('\t');
    let best = { worth: -1 };
    for (let idx = 0; idx < texts.length; idx += 3) {
      const [anchor, heading, text] = texts.slice(idx, idx + 3);
      const inHeading = termsIn(heading, query);
      const worth = 2 * new Set([...inHeading, ...termsIn(text, query)]).size + inHeading.size;
      if (worth > best.worth) best = { worth, anchor, heading, text };
    }
    return {
      address: best.anchor ? `${address}#${best.anchor}` : address,
      access: access === 'free' ? '' : access,
      title: pieces(title, query),
      context,
      language,
      heading: pieces(best.heading, query),
      text: pieces(excerpt(best.text, query), query),
    };
  }
}

const places = (text, query) =>
  words(text, true)
    .map(([from, to, word]) => {
      const [term, length] = termOf(query, word);
      return [from, length < word.length ? from + length : to, term];
    })
    .filter(([, , term]) => term >= 0);

const termsIn = (text, query) => new Set(places(text, query).map(([, , term]) => term));

/** The part of a text in which most terms stand beside each other. */
function excerpt(text, query) {
  const isDense = /[\u3041-\u9fff\uac00-\ud7af]/.test(text);
  const [shown, before] = isDense ? [76, 18] : [220, 60];
  const found = places(text, query);
  let [most, start] = [0, 0];
  found.forEach(([from], idx) => {
    const near = found.slice(idx, idx + shown).filter(([, to]) => to < from + shown - before);
    const n = new Set(near.map(([, , term]) => term)).size;
    if (n > most) [most, start] = [n, from];
  });
  let from = Math.max(0, start - before);
  const gap = from ? text.slice(from, start).indexOf(' ') : -1;
  from += gap + 1;
  const part = text.slice(from, from + shown);
  const isCut = from + shown < text.length;
  const whole = isCut && part.includes(' ') && !isDense ? part.slice(0, part.lastIndexOf(' ')) : part;
  return `${from ? '… ' : ''}${whole}${isCut ? ' …' : ''}`;
}

/** Cuts a text at the words of a query: every second piece is one. */
function pieces(text, query) {
  const cut = [];
  let at = 0;
  for (const [from, to] of places(text, query)) {
    if (to <= at) continue;
    if (from > at || !cut.length) cut.push(text.slice(at, from), text.slice(Math.max(at, from), to));
    else cut[cut.length - 1] += text.slice(at, to);
    at = to;
  }
  if (at < text.length) cut.push(text.slice(at));
  return cut;
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

/** The dialog, made once. */
class Dialog {
  constructor(form, element, isMember) {
    const part = (name) => element.querySelector(`[data-${name}]`);
    Object.assign(this, { form, element, isMember, input: part('field'), list: part('hits'), status: part('status'), all: part('all'), model: part('hit') });
    this.index = new Index(async (name) => {
      const response = await fetch(`${form.dataset.index}${name}.txt`);
      if (response.status === 404) return '';
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.text();
    });
    this.input.addEventListener('input', (event) => { if (!event.isComposing) this.wait(); });
    // While somebody composes a character, what stands in the field is not what they look for.
    this.input.addEventListener('compositionend', () => this.wait());
    this.input.addEventListener('keydown', (event) => this.press(event));
    this.list.addEventListener('click', (event) => { if (event.target.closest('a')) element.close(); });
    part('close').addEventListener('click', () => element.close());
    element.addEventListener('click', (event) => { if (event.target === element) element.close(); });
  }

  /** Opens it, with what was typed into `waiting` meanwhile. When it closes, the focus goes back to `from`. */
  show(waiting, from) {
    if (this.element.open) return;
    const text = waiting?.value;
    waiting?.blur();
    from?.focus({ preventScroll: true });
    this.element.showModal();
    if (text) {
      this.input.value = text;
      this.wait();
    }
    this.input.focus();
    if (!text) this.input.select();
    this.index.read('index').catch(() => {}); // The search itself says what is wrong.
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), PAUSE_MS);
  }

  async search() {
    const text = this.input.value;
    const { dataset } = this.status;
    if (!text.trim()) return this.render(text, { n: 0, hits: [] }, '');
    try {
      const found = await this.find(text);
      const count = dataset.count.split('|').at(found.n === 1 ? 0 : -1);
      const said = found.n ? fill(count, { n: found.n }) : fill(dataset.none, { q: text.trim() });
      if (this.input.value === text) this.render(text, found, said);
    } catch {
      if (this.input.value === text) this.render(text, { n: 0, hits: [] }, dataset.failed);
    }
  }

  async find(text) {
    if (this.isMember) {
      const address = `${this.form.action}?format=json&q=${encodeURIComponent(text)}`;
      const response = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => undefined);
      if (response?.ok) return response.json();
    }
    return this.index.find(text);
  }

  render(text, { n, hits }, said) {
    this.list.replaceChildren(...hits.slice(0, MAX_HITS).map((hit, idx) => this.option(hit, idx)));
    this.list.hidden = !hits.length;
    this.input.setAttribute('aria-expanded', String(hits.length > 0));
    this.status.textContent = said;
    this.all.href = `${this.form.action}?q=${encodeURIComponent(text)}`;
    this.all.hidden = n <= MAX_HITS;
    this.choose(0);
  }

  option(hit, idx) {
    const option = this.model.content.firstElementChild.cloneNode(true);
    option.id = `search-hit-${idx}`;
    option.href = hit.address;
    if (hit.language) option.lang = hit.language;
    const marked = (texts) =>
      texts.map((text, idx) => (idx % 2 ? Object.assign(document.createElement('mark'), { textContent: text }) : text));
    const parts = { title: marked(hit.title), context: [hit.context], heading: marked(hit.heading), text: marked(hit.text) };
    for (const [name, nodes] of Object.entries(parts)) {
      const place = option.querySelector(`[data-${name}]`);
      place.append(...nodes);
      place.hidden = !place.textContent;
    }
    for (const place of option.querySelectorAll('[data-access]')) place.hidden = place.dataset.access !== hit.access;
    option.addEventListener('pointermove', () => { if (this.chosen !== idx) this.choose(idx); });
    return option;
  }

  choose(idx) {
    const options = [...this.list.children];
    this.chosen = options.length ? (idx + options.length) % options.length : 0;
    options.forEach((option, other) => option.setAttribute('aria-selected', String(other === this.chosen)));
    const chosen = options[this.chosen];
    if (chosen) this.input.setAttribute('aria-activedescendant', chosen.id);
    else this.input.removeAttribute('aria-activedescendant');
    return chosen;
  }

  press(event) {
    // The key that ends a composition is not meant for us; old browsers say so by this code only.
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.choose(this.chosen + step)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && this.list.children.length) {
      event.preventDefault();
      this.list.children[this.chosen].click();
    }
  }
}

let dialog;

/** Opens the dialog. `form` is the one in the header of the page, `waiting` a field that has the focus until then, `from` what had it before. */
export async function open(form, isMember, waiting, from) {
  dialog ??= (async () => {
    const response = await fetch(`${form.dataset.index}dialog.txt`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const parsed = new DOMParser().parseFromString(await response.text(), 'text/html');
    const [style, element] = [parsed.querySelector('link'), parsed.querySelector('dialog')];
    document.head.append(style);
    document.body.append(element);
    // Without its style it would jump; a style that does not come must not keep anybody from searching.
    await Promise.race([new Promise((done) => { style.onload = style.onerror = done; }), new Promise((done) => { setTimeout(done, 1_000); })]);
    return new Dialog(form, element, isMember);
  })();
  try {
    (await dialog).show(waiting, from);
  } catch (error) {
    dialog = undefined;
    throw error;
  }
}
