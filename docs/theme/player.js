// The player: steps through a recorded run of a runtime, one event at a time.
//
// For each `<div class="player">` it reads the recordings in the `<script type="application/json" class="recording">`
// inside, and adds below them a timeline, controls, the state at the cursor, and the code that was running. A second
// recording gives a timeline to compare the first one with. It needs player.css, and nothing else.
(() => {
'use strict';

const LANES = ['task', 'executor', 'reactor', 'operating system'];

/** The time between two events while the run is played, in milliseconds. */
const SPEEDS = { slow: 4000, normal: 2000, fast: 700 };

/** How much longer the run is than the part of it that the timeline shows. */
const ZOOMS = [1, 4, 16, 64];

/** The shortest part of a run that is worth showing, in microseconds. */
const SHORTEST = 20;

/** How many lines of code are shown above and below the marked one. */
const CONTEXT = 5;

/** The sizes of the timeline, in pixels. */
const ROW = 20, BAR = 12, NAME = 17, GAP = 5, PAD = 4, AXIS = 38, LETTER = 12;

const ICONS = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11h-3zM9.5 2.5h3v11h-3z',
  back: 'M12 2.5v11l-8-5.5zM3 2.5h1.6v11H3z',
  forward: 'M4 2.5v11l8-5.5zM11.4 2.5H13v11h-1.6z',
  out: 'M3 7h10v2H3z',
  in: 'M3 7h4V3h2v4h4v2H9v4H7V9H3z',
};

/** Creates an element of HTML with attributes and children. A property `on…` is a listener. */
function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** Creates an element of SVG. */
function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child));
  return node;
}

function icon(name) {
  return draw('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, draw('path', { d: ICONS[name] }));
}

/** A sentence, in which words between backticks are code. */
function sentence(text) {
  return text.split('`').map((part, at) => at % 2 ? make('code', {}, part) : part);
}

/** The width of a text in the timeline, in pixels. */
const widthOf = (() => {
  const known = new Map();
  const pen = document.createElement('canvas').getContext('2d');
  return text => {
    if (!known.has(text)) {
      pen.font = `${LETTER}px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;
      known.set(text, pen.measureText(text).width + 1);
    }
    return known.get(text);
  };
})();

/** A time in milliseconds, from microseconds. */
const ms = (time, digits = 3) => (time / 1000).toFixed(digits).replace('-', '−') + ' ms';

/** Whether the times of a recording are real. The example of step 01 prints none. */
const isTimed = recording => recording.step !== 1;

/** The label of a mark in a word or two. */
function brief(label) {
  if (label.startsWith('source')) return label.includes('able') ? 'ready' : 'registered';
  if (label.startsWith('timer')) return label.endsWith('fired') ? 'timer fires' : 'timer set';
  return label.split(' ')[0] === 'wake' ? 'wake' : label;
}

/** The four lanes of a recording over time, with a cursor. */
class Timeline {
  constructor(recording, events, pick) {
    Object.assign(this, { recording, events });
    this.svg = draw('svg', { class: 'player-timeline', role: 'img' });
    const drag = event => {
      if (event.buttons !== 1) return;
      const box = this.svg.getBoundingClientRect();
      pick(this.nearest(event.clientX - box.left, event.clientY - box.top));
    };
    fill(this.svg, { onpointerdown: drag, onpointermove: drag }, []);
  }

  x(time) {
    const [from, to] = this.view;
    return this.left + (time - from) / (to - from) * (this.right - this.left);
  }

  /** The index of the event that is nearest to a point. An event of the lane at that point is preferred. */
  nearest(x, y) {
    const distance = event => {
      const [top, bottom] = this.tops[event.lane] ?? [0, 0];
      return Math.abs(this.x(event.at) - x) + (y >= top && y <= bottom ? 0 : 12);
    };
    const all = this.events.map(distance);
    return all.indexOf(Math.min(...all));
  }

  /** Draws the part of the run from one time to another. */
  draw(width, view) {
    const isWide = width >= 560;
    Object.assign(this, { view, left: isWide ? 172 : 84, right: width - 12, tops: [], rows: [] });
    const content = draw('g');
    let y = 2;
    this.recording.lanes.forEach((lane, number) => {
      const head = isWide ? PAD : NAME + 2;
      const least = isWide && LANES[number].includes(' ') ? 2 : 1;
      const height = head + Math.max(lane.rows.length, least) * ROW + PAD;
      this.tops.push([y, y + height]);
      content.append(draw('rect', { class: 'band', x: 0, y, width, height, rx: 5 }));
      // A long name has two lines where it is beside the rows.
      const words = isWide ? LANES[number].split(' ') : [LANES[number]];
      words.forEach((word, line) => {
        content.append(this.text(`lane c${number}`, 10, y + (isWide ? PAD + 14 + line * 15 : NAME - 3), word));
      });
      if (lane.rows.length === 0) {
        const x = isWide ? this.left : 10;
        content.append(this.text('dim', x, y + head + 14, 'nothing in this recording'));
      }
      lane.rows.forEach((row, at) => {
        const top = y + head + at * ROW;
        this.rows.push({ row, number, middle: top + ROW / 2 });
        content.append(this.text('', isWide ? 92 : 10, top + 14, row.name));
        content.append(draw('path', { class: 'rule', d: `M${this.left} ${top + ROW / 2}H${this.right}` }));
        content.append(draw('svg', { x: this.left - 5, y: top, width: this.right - this.left + 10, height: ROW,
          viewBox: `${this.left - 5} ${top} ${this.right - this.left + 10} ${ROW}` }, this.row(row, number, top)));
      });
      y += height + GAP;
    });
    content.append(this.axis(y));
    this.bottom = y;
    this.cursor = draw('path', { class: 'cursor' });
    this.ring = draw('circle', { class: 'ring', r: 6.5 });
    const axis = isTimed(this.recording) ? AXIS : 20;
    this.svg.replaceChildren(content, this.cursor, this.ring);
    for (const [key, value] of Object.entries({ width, height: y + axis, viewBox: `0 0 ${width} ${y + axis}` })) {
      this.svg.setAttribute(key, value);
    }
  }

  text(kind, x, y, text, anchor = 'start') {
    return draw('text', { class: kind, x, y, 'text-anchor': anchor }, text);
  }

  /** Draws bars, marks, and those labels that have room. */
  row(row, number, top) {
    const [from, to] = this.view;
    const kindOf = kind => kind === 'asleep' ? 'sleep' : `c${number}`;
    const seen = row.spans.filter(([start, end]) => end >= from && start <= to);
    const bars = [];
    for (const [start, end, kind, label] of seen) {
      const x = Math.max(this.x(start), this.left - 9);
      const right = Math.max(Math.min(this.x(end), this.right + 9), x + 1.2);
      const last = bars.at(-1);
      // Bars without a visible gap between them are one.
      if (last?.kind === kindOf(kind) && x - last.right < 0.5) {
        Object.assign(last, { right: Math.max(last.right, right), label: '' });
      } else bars.push({ x, right, kind: kindOf(kind), label: kind === 'asleep' ? 'asleep' : label });
    }
    const marks = row.marks.filter(([at]) => at >= from && at <= to);
    const points = marks.map(([at, label]) => {
      return { x: this.x(at) - 5, right: this.x(at) + 5, mark: true, label: brief(label) };
    });
    const all = [...bars, ...points].sort((a, b) => a.x - b.x);
    const middle = top + ROW / 2, [labels, shapes] = [[], []];
    // Where the last shape or label ends.
    let used = this.left - 9;
    all.forEach((item, at) => {
      const next = all[at + 1]?.x ?? this.right + 5;
      const before = used;
      used = Math.max(used, item.right);
      const width = widthOf(item.label ?? '');
      const y = top + 14;
      if (item.mark) {
        shapes.push(draw('path', { class: `c${number}`, d: `M${item.x + 5} ${middle - 5.5}l4.5 5.5l-4.5 5.5l-4.5 -5.5z` }));
      } else {
        const box = { x: item.x, y: middle - BAR / 2, width: item.right - item.x, height: BAR, rx: 1.5 };
        shapes.push(draw('rect', { class: item.kind, ...box }));
      }
      if (!item.label) return;
      if (!item.mark && (item.kind === 'sleep' || number < 3)) {
        // Such a bar has its label inside, in the part that is visible.
        const [start, end] = [Math.max(item.x, this.left), Math.min(item.right, this.right)];
        const kind = item.kind === 'sleep' ? 'dim' : 'inside';
        if (end - start > width + 8) labels.push(this.text(kind, (start + end) / 2, y, item.label, 'middle'));
      } else {
        const x = [item.right + 3, item.x - 3 - width].find(x => x > before + 3 && x + width < next);
        if (x === undefined) return;
        used = Math.max(used, x + width);
        labels.push(draw('rect', { class: 'band', x: x - 2, y: middle - 7, width: width + 4, height: 14 }));
        labels.push(this.text('', x, y, item.label));
      }
    });
    return [...shapes, ...labels];
  }

  /** Draws the axis in milliseconds, with a tick for each event above it. */
  axis(y) {
    const [from, to] = this.view;
    const node = draw('g');
    for (const event of this.recording.events) {
      if (event.at < from || event.at > to) continue;
      const d = `M${this.x(event.at).toFixed(1)} ${y + 1}v8`;
      node.append(draw('path', { class: `tick c${event.lane}`, d }));
    }
    const unit = this.left > 100 ? 'milliseconds' : 'ms';
    if (this.recording.events.length) node.append(this.text('dim', 10, y + 10, 'events'));
    if (!isTimed(this.recording)) return node;
    node.append(this.text('dim', 10, y + 31, unit));
    const wanted = (to - from) / ((this.right - this.left) / (this.left > 100 ? 70 : 45));
    const power = 10 ** Math.floor(Math.log10(wanted));
    const step = power * [1, 2, 5, 10].find(factor => power * factor >= wanted);
    const digits = Math.max(0, 3 - Math.floor(Math.log10(step) + 1e-9));
    for (let at = Math.ceil(from / step); at * step <= to; at += 1) {
      const x = this.x(at * step), label = (at * step / 1000).toFixed(digits).replace('-', '−');
      node.append(draw('path', { class: 'line', d: `M${x.toFixed(1)} ${y + 14}v5` }));
      node.append(this.text('dim', Math.min(x, this.right + 10 - widthOf(label) / 2), y + 31, label, 'middle'));
    }
    return node;
  }

  /** What happened up to a time. */
  until(time) {
    const spans = lane => lane.rows.flatMap(row => row.spans).filter(([from]) => from <= time);
    const polls = spans(this.recording.lanes[0]).length;
    const asleep = spans(this.recording.lanes[3]).filter(([,, kind]) => kind === 'asleep')
      .reduce((sum, [from, to]) => sum + Math.min(to, time) - from, 0);
    const part = asleep / Math.max(time - this.recording.window[0], 1);
    return `${polls} ${polls === 1 ? 'poll' : 'polls'} so far, asleep for ${Math.round(part * 100)} % of the time`;
  }

  /** Moves the cursor to an event, or to the time of another recording's event. */
  point(event, number) {
    const x = Math.min(Math.max(this.x(event.at), this.left - 4), this.right + 4).toFixed(1);
    this.cursor.setAttribute('d', `M${x} 2V${this.bottom + 12}m-5 7l5 -7l5 7z`);
    const isOfRow = ({ row, number: lane }) => lane === event.lane && (row.name === event.task
      || [...row.marks, ...row.spans, ...row.spans.map(([, to]) => [to])].some(([at]) => Math.abs(at - event.at) < 0.1));
    const found = number === undefined ? undefined : this.rows.find(isOfRow);
    this.ring.setAttribute('visibility', found ? 'visible' : 'hidden');
    if (found) fill(this.ring, { cx: x, cy: found.middle }, []);
    const where = number === undefined ? ms(event.at) : `event ${number + 1}`;
    this.svg.setAttribute('aria-label', `Timeline of ${this.recording.name} in four lanes. The cursor is at ${where}.`);
  }
}

/** The items of one list that another one lacks. An item that is there twice counts twice. */
function without(list, other) {
  const rest = [...other];
  return list.map(item => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** A note that only a screen reader reads. */
const unseen = text => make('span', { class: 'player-unseen' }, text);

/** Boxes with the state at an event. */
class State {
  constructor({ events, step }) {
    this.boxes = {};
    this.node = make('div', { class: 'player-state' });
    const all = events.map(event => event.state ?? {});
    const has = part => all.some(state => state[part]?.length);
    const names = part => [...new Set(all.flatMap(state => state[part] ?? []).map(item => item.name))];
    this.names = { tasks: names('tasks'), sources: names('sources'), timers: names('timers') };
    const box = (part, title) => {
      this.boxes[part] = make('div');
      const about = { class: `player-box player-${part}`, role: 'group', 'aria-label': title };
      this.node.append(make('div', about, make('div', { class: 'player-label' }, title), this.boxes[part]));
    };
    // From step 03 on there is an inbox. An inbox that stays empty is worth seeing too.
    const titles = { thread: 'Our thread', queue: step === 2 ? 'Order of the polls' : 'Run queue', inbox: 'Inbox',
      tasks: 'Tasks', sources: 'Sources', timers: 'Timers', note: step === 1 ? 'The future' : 'At smol' };
    for (const [part, title] of Object.entries(titles)) {
      if (has(part) || (step >= 3 && ['queue', 'inbox'].includes(part))) box(part, title);
    }
    for (const parts of [['thread', 'queue', 'inbox'], ['sources', 'timers']]) {
      const shown = parts.filter(part => part in this.boxes);
      for (const part of shown) this.boxes[part].parentNode.style.setProperty('--span', 6 / shown.length);
    }
  }

  /** Shows a state, and marks what differs from the one before. */
  show(now, before) {
    for (const [part, box] of Object.entries(this.boxes)) {
      const show = { queue: 'list', inbox: 'list', thread: 'word', note: 'word' }[part] ?? 'rows';
      const value = now[part], old = before ? before[part] : value;
      box.replaceChildren(...this[show](value, old, part, !before));
      const isChanged = JSON.stringify(value) !== JSON.stringify(old);
      box.parentNode.classList.toggle('player-changed', isChanged);
    }
  }

  word(value, old, part) {
    const now = make('span', { class: 'player-now' }, sentence(value ?? '—'));
    if (value === old || old === undefined || part === 'note') return [now];
    return [now, make('span', { class: 'player-was' }, ' was ', sentence(old))];
  }

  /** Names in order. Those that are new have a plus, and those that have just left are crossed out. */
  list(value, old) {
    if (value === undefined) return ['—'];
    const isNew = without(value, old ?? []), isGone = without(old ?? [], value);
    const gone = (old ?? []).filter((_, at) => isGone[at]);
    const items = [
      ...gone.map(name => make('li', { class: 'player-gone' }, make('del', {}, name), unseen(' has left'))),
      ...value.map((name, at) => make('li', { class: isNew[at] ? 'player-new' : undefined, 'data-name': name },
        name, isNew[at] ? unseen(' is new') : '')),
    ];
    const list = make('ol', { class: 'player-chips' }, items);
    return value.length ? [list] : [list, make('span', { class: 'player-empty' }, 'empty')];
  }

  /** A row for each name that the recording has, so that nothing moves when one comes or goes. */
  rows(value = [], old = [], part, isFirst) {
    const text = item => {
      if (item === undefined) return ['', ''];
      if (part === 'tasks' && !item.waits) return [item.is, ''];
      if (part === 'tasks') return [item.is, `${item.is === 'waiting' ? '' : '· waits '}for ${item.waits}`];
      if (part === 'sources') return [item.ready || 'not ready', ''];
      return ['', `due at ${ms(item.due, 1)}`];
    };
    return [make('ul', { class: 'player-rows' }, this.names[part].map(name => {
      const find = list => list.find(item => item.name === name);
      const [is, more] = text(find(value)), [was, moreBefore] = text(isFirst ? find(value) : find(old));
      const isChanged = is !== was || more !== moreBefore;
      const kind = isChanged ? 'player-new' : is || more ? undefined : 'player-absent';
      const absent = part === 'timers' ? 'not set' : 'not there';
      const before = (is === was ? moreBefore : was || moreBefore) || absent;
      return make('li', { class: kind, 'data-name': name },
        make('span', { class: 'player-name' }, name),
        make('span', { class: 'player-value' },
          make('span', { class: 'player-is' }, is || (more ? '' : '—')),
          more && ` ${more}`, isChanged && make('span', { class: 'player-was' }, ` was ${before}`)));
    }))];
  }
}

/** The code around the line that was running. */
class Code {
  constructor(code) {
    this.code = code;
    this.name = make('span', { class: 'player-file' });
    const about = { role: 'region', 'aria-label': 'The code that is running' };
    this.lines = make('div', { class: 'player-lines', tabindex: 0, ...about });
    const label = make('div', { class: 'player-label' }, 'Code ', this.name);
    this.node = make('div', { class: 'player-code' }, label, this.lines);
  }

  show({ file, line }) {
    const found = this.code[file]?.[line];
    this.name.textContent = file ? `${file}:${line}` : '';
    if (!found) {
      const why = file ? 'The recording has no excerpt of this file.' : 'No line of the runtime belongs to this event.';
      return this.lines.replaceChildren(make('p', { class: 'player-empty' }, why));
    }
    const first = Math.max(found.first, line - CONTEXT);
    const lines = found.lines.slice(first - found.first, line + CONTEXT + 1 - found.first);
    // What all lines are indented by is left out, which helps on a phone.
    const indent = Math.min(...lines.filter(text => text.trim()).map(text => text.search(/\S/)));
    const shown = lines.map(text => text.slice(indent));
    this.lines.replaceChildren(...shown.map((text, at) => {
      const isMarked = first + at === line;
      const marks = isMarked ? { class: 'player-line player-marked', 'aria-current': 'true' } : { class: 'player-line' };
      const code = make('span', { class: 'player-text' });
      // mdBook's pages have a highlighter. A page without one shows the text alone.
      if (window.hljs?.highlight) code.innerHTML = window.hljs.highlight('rust', text || ' ', true).value;
      else code.textContent = text || ' ';
      return make('div', marks, make('span', { class: 'player-number' }, String(first + at)), code);
    }));
    this.lines.scrollLeft = 0;
  }
}

/** Everything in one `<div class="player">`. */
class Player {
  constructor(div, recordings) {
    this.recording = recordings[0];
    this.events = this.recording.events;
    this.at = 0;
    this.zoom = 0;
    this.timer = null;
    this.lines = recordings.map(recording => new Timeline(recording, this.events, at => this.seek(at)));
    this.state = new State(this.recording);
    this.code = Object.keys(this.recording.code ?? {}).length ? new Code(this.recording.code) : null;
    const [from, to] = this.recording.window;
    this.most = ZOOMS.findLastIndex(zoom => zoom === 1 || (to - from) / zoom >= SHORTEST);
    this.build(div);
    div.addEventListener('keydown', event => this.key(event));
    // Not at once, because a change of the height would call the observer again.
    new ResizeObserver(() => requestAnimationFrame(() => this.redraw())).observe(div);
    this.redraw();
    this.seek(0);
  }

  build(div) {
    const title = `Recording of ${this.recording.name}`;
    const total = this.events.length;
    fill(div, { role: 'group', 'aria-label': title, tabindex: 0 }, []);
    this.number = make('input', { type: 'number', min: 1, max: total, 'aria-label': `Event, 1 to ${total}`,
      onchange: () => this.seek(this.number.value - 1) });
    this.time = isTimed(this.recording) && make('span', { class: 'player-time' });
    const count = make('span', {}, 'event ', this.number, ` of ${total}`);
    const where = make('span', { class: 'player-where' }, count, this.time);
    this.slider = make('input', { type: 'range', class: 'player-slider', min: 1, max: total, 'aria-label': 'Event',
      oninput: () => this.seek(this.slider.value - 1) });
    this.what = make('span', { class: 'player-what' });
    this.said = make('span', { class: 'player-said' });
    const live = make('p', { class: 'player-live', 'aria-live': 'polite', 'aria-atomic': 'true' }, this.what, this.said);
    const longest = Math.max(...this.events.map(event => event.said.length));
    live.style.setProperty('--letters', longest);
    const [, other] = this.lines;
    this.compare = make('input', { type: 'checkbox', onchange: () => this.seek(this.at) });
    for (const line of this.lines) {
      line.sum = make('span', { class: 'player-sum' });
      const head = make('p', { class: 'player-head' }, make('strong', {}, line.recording.name), line.sum);
      line.node = make('div', { class: 'player-run' }, other && head, line.svg);
    }
    // The runs are in the order of the steps.
    const runs = [...this.lines].sort((a, b) => a.recording.step - b.recording.step).map(line => line.node);
    const keys = 'Keys: space plays and pauses, ← and → go to the event before and after, Home and End to the first and '
      + 'last.';
    div.append(...[
      make('div', { class: 'player-head' }, make('strong', {}, title), where),
      other && make('label', { class: 'player-compare' }, this.compare, `Compare with ${other.recording.name}`),
      ...runs, this.slider, this.controls(), live, this.state.node, this.code?.node,
      make('p', { class: 'player-keys' }, keys),
    ].filter(Boolean));
    this.width = () => Math.floor(this.lines[0].node.clientWidth);
  }

  controls() {
    const button = (name, label, act, children) =>
      this[name] = make('button', { type: 'button', class: `player-${name}`, 'aria-label': label, title: label,
        onclick: () => this[name].getAttribute('aria-disabled') !== 'true' && act() }, children);
    const names = this.state.names.tasks.filter(name => this.events.some(event => this.isPoll(event, name)));
    this.task = make('select', { 'aria-label': 'Task whose next poll to go to', onchange: () => this.enable() },
      names.map(name => make('option', { selected: name === 'player A' }, name)));
    this.speed = make('select', { 'aria-label': 'Speed', title: 'Speed', onchange: () => this.timer && this.play() },
      Object.keys(SPEEDS).map(name => make('option', { selected: name === 'normal' }, name)));
    const next = (name, is) => this.events.some(is)
      && button(name, `Next ${name}`, () => this.seek(this.next(is)), `next ${name}`);
    const group = (name, ...children) => children.some(child => child)
      && make('div', { class: 'player-group', role: 'group', 'aria-label': name }, children);
    return make('div', { class: 'player-controls' },
      group('Play',
        button('back', 'Previous event (left arrow)', () => this.seek(this.at - 1), icon('back')),
        button('play-pause', 'Play (space)', () => this.timer ? this.pause() : this.play(), icon('play')),
        button('forward', 'Next event (right arrow)', () => this.seek(this.at + 1), icon('forward')),
        this.speed),
      group('Go to', ...['wake', 'park'].map(what => next(what, event => event.what === what))),
      names.length ? group('Go to a poll', next('poll', event => this.isPoll(event, this.task.value)),
        make('span', { 'aria-hidden': 'true', class: 'player-of' }, 'of'), this.task) : undefined,
      group('Scale of the timeline', make('span', { 'aria-hidden': 'true', class: 'player-of' }, 'zoom'),
        button('out', 'Show a longer part', () => this.scale(-1), icon('out')),
        button('in', 'Show a shorter part', () => this.scale(1), icon('in'))));
  }

  isPoll(event, task) {
    return event.what === 'poll' && event.task === task;
  }

  /** The index of the next event of a kind, or -1. */
  next(is) {
    return this.events.findIndex((event, at) => at > this.at && is(event));
  }

  /** Goes to an event. */
  seek(at) {
    const isPlaying = this.timer !== null;
    this.at = Math.min(Math.max(Math.round(at) || 0, 0), this.events.length - 1);
    const event = this.events[this.at];
    this.number.value = this.slider.value = this.at + 1;
    const time = this.time && ms(event.at);
    if (time) this.time.textContent = time;
    const place = `event ${this.at + 1} of ${this.events.length}`;
    this.slider.setAttribute('aria-valuetext', time ? `${place}, ${time}` : place);
    this.what.textContent = `${LANES[event.lane]} · ${event.what}`;
    this.what.className = `player-what player-c${event.lane}`;
    this.said.replaceChildren(...sentence(event.said));
    this.state.show(event.state ?? {}, this.events[this.at - 1]?.state);
    this.code?.show(event);
    this.follow();
    this.enable();
    if (isPlaying && this.at === this.events.length - 1) this.pause();
  }

  /** Marks the buttons that lead nowhere. They stay in the order of the tab key. */
  enable() {
    const last = this.events.length - 1;
    const able = {
      back: this.at > 0, forward: this.at < last,
      wake: this.next(event => event.what === 'wake') >= 0,
      park: this.next(event => event.what === 'park') >= 0,
      poll: this.next(event => this.isPoll(event, this.task.value)) >= 0,
      out: this.zoom > 0, in: this.zoom < this.most,
    };
    for (const [name, is] of Object.entries(able)) this[name]?.setAttribute('aria-disabled', String(!is));
  }

  play() {
    clearInterval(this.timer);
    if (this.at === this.events.length - 1) this.seek(0);
    this.timer = setInterval(() => this.seek(this.at + 1), SPEEDS[this.speed.value]);
    this.show('pause', 'Pause (space)');
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.show('play', 'Play (space)');
  }

  show(name, label) {
    this['play-pause'].replaceChildren(icon(name));
    fill(this['play-pause'], { 'aria-label': label, title: label }, []);
  }

  scale(by) {
    this.zoom = Math.min(Math.max(this.zoom + by, 0), this.most);
    this.follow();
    this.enable();
  }

  /** Moves the cursor, and the part that the timeline shows if the cursor comes near its edge. */
  follow() {
    const isCompared = this.compare.checked;
    const lines = isCompared ? this.lines : this.lines.slice(0, 1);
    const windows = lines.map(line => line.recording.window);
    const [from, to] = [Math.min(...windows.map(([start]) => start)), Math.max(...windows.map(([, end]) => end))];
    const event = this.events[this.at];
    const length = (to - from) / ZOOMS[this.zoom];
    let [start, end] = this.view ?? [0, 0];
    if (Math.abs(end - start - length) > 1e-6 || event.at < start + length * 0.12 || event.at > end - length * 0.12) {
      const middle = Math.min(Math.max(event.at, from + length / 2), to - length / 2);
      [start, end] = [middle - length / 2, middle + length / 2];
    }
    const drawn = [this.width(), isCompared, start, end].join();
    if (drawn !== this.drawn) {
      Object.assign(this, { view: [start, end], drawn });
      for (const line of this.lines) {
        line.node.classList.toggle('player-hidden', !lines.includes(line));
        line.node.classList.toggle('player-alone', !isCompared);
        line.draw(this.width(), this.view);
      }
    }
    this.lines.forEach((line, number) => {
      line.point(event, number === 0 ? this.at : undefined);
      line.sum.textContent = line.until(event.at);
    });
  }

  redraw() {
    if (this.width() > 0) this.follow();
  }

  key(event) {
    const { key, target } = event;
    const isField = target.matches('select, input[type=number]');
    const acts = {
      ArrowLeft: () => this.seek(this.at - 1), ArrowRight: () => this.seek(this.at + 1),
      Home: () => this.seek(0), End: () => this.seek(this.events.length - 1),
      ' ': () => this.timer ? this.pause() : this.play(),
    };
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !(key in acts || isField)) return;
    // mdBook turns the page at an arrow key, and searches at a letter.
    event.stopPropagation();
    // The space bar presses a button, and the arrows scroll code that is too wide.
    const isScrolled = target === this.code?.lines && target.scrollWidth > target.clientWidth;
    if (isField || isScrolled || (key === ' ' && target.matches('button, input[type=checkbox]'))) return;
    event.preventDefault();
    acts[key]();
  }
}

const players = [];

/** Goes to the event that the address names, such as `#step03-event-12`. */
function visit() {
  const [, name, event] = /^#(.+)-event-(\d+)$/.exec(location.hash) ?? [];
  const found = players.find(([player]) => name && player.recording.name.startsWith(name));
  if (!found) return;
  const [player, div] = found;
  player.seek(event - 1);
  div.scrollIntoView({ block: 'start' });
  div.focus({ preventScroll: true });
}

function start() {
  for (const div of document.querySelectorAll('div.player')) {
    const scripts = [...div.querySelectorAll('script.recording')];
    const recordings = scripts.map(script => JSON.parse(script.textContent));
    if (recordings[0]?.events.length) players.push([new Player(div, recordings), div]);
  }
  visit();
  addEventListener('hashchange', visit);
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
else start();
})();
